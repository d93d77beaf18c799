// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.serve;

import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.cli.internal.platform.PlatformFile;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code iopf serve}: starts a platform and stays, with a shell on the console. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = "Starts a platform and stays, with a shell on the console.",
        footer = {
            "",
            "Example:",
            "  iopf serve --platform itests/samples/platform.json",
            "  iopf serve --platform platform.json --install my-handler.jar --watch handlers",
            "  g! units",
            "  g! inject nic0 0x7f0000001000 rw",
            "  g! stats",
            "  g! exit 0",
            "  iopf serve --iommufd /dev/vfio/devices/vfio0"
        })
public final class ServeCommand implements Callable<Integer> {
    /** Above the shell's start level in the run description, and above that of bundles that are installed later. */
    private static final int SERVING = 10;

    private final Platform platform;
    private final BundleContext context;

    @Spec
    private CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    private Served served;

    /** What is served: one of both. */
    private static final class Served {
        @Option(
                names = "--platform",
                paramLabel = "FILE",
                required = true,
                description = "The platform: a Configurator JSON file.")
        private Path file;

        @ArgGroup(exclusive = false)
        private IommufdPlatform kernel;
    }

    @Option(
            names = "--install",
            paramLabel = "JAR",
            description = "A bundle to install and start before the platform, a handler or a driver; may be repeated.")
    private List<Path> install = List.of();

    @Option(
            names = "--watch",
            paramLabel = "DIR",
            description =
                    "A folder: bundles that are put there are installed and started, and uninstalled when deleted.")
    private Path watch;

    @Option(names = "--no-shell", description = "Stay without a shell, until the process is asked to stop.")
    private boolean noShell;

    public ServeCommand(Platform platform, BundleContext context) {
        this.platform = platform;
        this.context = context;
    }

    @Override
    public Integer call() throws Exception {
        PlatformFile file = served.kernel == null ? PlatformFile.read(served.file) : served.kernel.file();
        Installation installation = new Installation(context);
        for (Path jar : install) {
            installation.install(jar);
        }
        if (watch == null) {
            installation.watchNothing();
        } else {
            installation.watch(watch);
        }
        try (Platform.Configured configured = platform.configure(file)) {
            spec.commandLine()
                    .getErr()
                    .printf(
                            "serving %d units and %d devices of %s%n",
                            platform.units().size(), devices(), file.name());
            if (noShell) {
                new CountDownLatch(1).await();
            }
            shell();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    private int devices() {
        return platform.units().stream()
                .mapToInt(unit -> unit.queue().devices().size())
                .sum();
    }

    /**
     * Runs a shell on the console, on this thread, until its user leaves it. The shell's own one stays off (the run
     * description says so): it would stop the framework under this command, which then couldn't tell its exit code.
     */
    private void shell() throws Exception {
        // The process's own streams: once the shell's bundles run, these fields lead to them.
        InputStream in = System.in;
        PrintStream out = System.out;
        PrintStream err = System.err;
        platform.startLevel(SERVING);
        CommandProcessor processor = platform.service(CommandProcessor.class);
        CommandSession session = processor.createSession(in, out, err);
        try {
            session.execute("gosh --login --noshutdown");
        } finally {
            session.close();
        }
    }
}
