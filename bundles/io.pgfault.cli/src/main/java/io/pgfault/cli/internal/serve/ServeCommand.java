// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.serve;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.cli.internal.platform.PlatformFile;
import io.pgfault.cli.internal.recording.HardwareRecording;
import io.pgfault.cli.internal.terminal.TerminalShell;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.apache.felix.service.command.CommandProcessor;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.launch.Framework;
import org.osgi.service.cm.ConfigurationAdmin;
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
            "  iopf serve --platform itests/samples/platform.json --console 8181",
            "  iopf serve --platform itests/samples/platform.json --metrics 9464",
            "  iopf serve --platform platform.json --record faults.recording",
            "  iopf serve --iommufd /dev/vfio/devices/vfio0"
        })
public final class ServeCommand implements Callable<Integer> {
    /** Above the shell's start level in the run description, and above that of bundles that are installed later. */
    private static final int SERVING = 10;

    /** Longer than the deadline of any group, 10 s by default. */
    private static final long STOP_MILLIS = 15_000;

    private final Platform platform;
    private final BundleContext context;
    private final ConfigurationAdmin configurations;

    @Spec
    private CommandSpec spec;

    @ArgGroup(multiplicity = "1")
    private Served served;

    /** The platform to serve: a file, or a device of the kernel. */
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
                    "A folder to follow: a bundle (.jar) is installed and started, a configuration (.cfg of one PID,"
                            + " .json of a platform) is made; deleting the file takes either away."
                            + " A file that is neither is named.")
    private Path watch;

    @Option(
            names = "--console",
            paramLabel = "[HOST:]PORT",
            description = "Also serve a page that shows the platform, at this port of this machine, or of HOST;"
                    + " port 0 is any free one. Its address, printed once, has the token that the page needs.")
    private String console;

    @Option(
            names = "--metrics",
            paramLabel = "[HOST:]PORT",
            description = "Also serve metrics for Prometheus and OpenMetrics, at this port of this machine, or of HOST;"
                    + " port 0 is any free one. The address is printed.")
    private String metrics;

    @Option(
            names = "--record",
            paramLabel = "FILE",
            description = "Write what the units' hardware writes, with its time: a recording, for iopf replay"
                    + " and for a report of a bug.")
    private Path record;

    @Option(names = "--no-shell", description = "Stay without a shell, until the process is asked to stop.")
    private boolean noShell;

    public ServeCommand(Platform platform, BundleContext context, ConfigurationAdmin configurations) {
        this.platform = platform;
        this.context = context;
        this.configurations = configurations;
    }

    @Override
    public Integer call() throws Exception {
        PlatformFile file = served.kernel == null ? PlatformFile.read(served.file) : served.kernel.file();
        ServedPage page = console == null ? null : new ServedPage(context, configurations, console);
        ServedMetrics scraped = metrics == null ? null : new ServedMetrics(context, configurations, metrics, file);
        Installation installation = new Installation(
                context, configurations, platform, spec.commandLine().getErr());
        for (Path jar : install) {
            installation.install(jar);
        }
        if (watch == null) {
            installation.watchNothing();
        } else {
            installation.watch(watch);
        }
        HardwareRecording recording = record == null
                ? null
                : HardwareRecording.ofAll(record, context, spec.commandLine().getErr());
        stopFrameworkBeforeTheProcessEnds(recording);
        // The streams of the process: once the shell's bundles run, the fields of System lead to the shell.
        InputStream in = System.in;
        PrintStream out = System.out;
        PrintStream err = System.err;
        try (recording;
                Platform.Configured configured = platform.configure(file);
                AutoCloseable folder = watch == null ? () -> {} : installation.follow(watch)) {
            spec.commandLine()
                    .getErr()
                    .printf(
                            "serving %s and %s of %s%n",
                            Quantity.count(platform.units().size(), "unit", "units"),
                            Quantity.count(devices(), "device", "devices"),
                            file.name());
            if (page != null) {
                spec.commandLine().getErr().println("page: " + page.start());
            }
            if (scraped != null) {
                spec.commandLine().getErr().println("metrics: " + scraped.start());
            }
            if (noShell) {
                new CountDownLatch(1).await();
            }
            platform.startLevel(console == null ? SERVING : ServedPage.START_LEVEL);
            CommandProcessor processor = platform.service(CommandProcessor.class);
            if (TerminalShell.isPossible(context)) {
                new TerminalShell(context, spec.commandLine().getParent().getSubcommands(), platform)
                        .run(processor, err);
            } else {
                ServedShell.run(processor, in, out, err);
            }
        }
        return 0;
    }

    /**
     * Has the framework stop whenever the process ends: after {@code exit}, after the end of input, and at SIGTERM. So
     * every bundle is stopped, and every component deactivated, before the process is gone; then the recording, if
     * there is one, is complete. The exit code stays the command's.
     */
    private void stopFrameworkBeforeTheProcessEnds(HardwareRecording recording) {
        Framework framework =
                context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(Framework.class);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(framework, recording), "io-pgfault-stop"));
    }

    /**
     * Stops the framework within the bound of rule R07: groups that no handler answers are answered at their deadline.
     */
    private static void stop(Framework framework, HardwareRecording recording) {
        try {
            framework.stop();
            if (framework.waitForStop(STOP_MILLIS).getType() == FrameworkEvent.WAIT_TIMEDOUT) {
                System.err.printf("iopf: the framework did not stop in %d s; a bundle hangs%n", STOP_MILLIS / 1_000);
            }
        } catch (BundleException e) {
            System.err.println("iopf: the framework does not stop: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (recording != null) {
            try {
                recording.close();
            } catch (BadInput e) {
                System.err.println("iopf: " + e.getMessage());
            }
        }
    }

    private int devices() {
        return platform.units().stream()
                .mapToInt(unit -> unit.queue().devices().size())
                .sum();
    }
}
