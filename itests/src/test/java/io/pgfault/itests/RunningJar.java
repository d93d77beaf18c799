// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.apache.felix.framework.FrameworkFactory;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.launch.Framework;

/**
 * The bundles of the executable jar in this process, started once for all test classes. Commands run here as they run
 * in a process of their own, and a command takes a tenth of the time. What belongs to a process, such as signals, exit
 * and working directory, {@link Command} tests.
 *
 * <p>One thread at a time runs a command: the standard streams are those of the command meanwhile.
 */
final class RunningJar implements AutoCloseable {
    private static final Filter OF_COMMANDS =
            filter("(|(io.pgfault.unit.name=*)(io.pgfault.device.name=*)(io.pgfault.domain.kind=bench.*))");

    /** What bundles log at warning and above goes to standard error, as the jar's own format has it. */
    private final Handler log = new Handler() {
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord logged) {
            System.err.print(formatter.format(logged));
        }

        @Override
        public void flush() {
            // Nothing is kept.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    };

    private final Framework framework;
    private final BundleContext context;
    private final Callable<Integer> mainThread;

    private RunningJar(Path storage) throws Exception {
        framework = new FrameworkFactory()
                .newFramework(Map.of(
                        Constants.FRAMEWORK_STORAGE,
                        storage.toString(),
                        Constants.FRAMEWORK_STORAGE_CLEAN,
                        Constants.FRAMEWORK_STORAGE_CLEAN_ONFIRSTINIT));
        framework.init();
        context = framework.getBundleContext();
        List<Bundle> started = new ArrayList<>();
        for (Path file : Built.bundles()) {
            Bundle bundle = context.installBundle(file.toUri().toString());
            if (!Built.isForServe(file) && bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
                started.add(bundle);
            }
        }
        Logger root = Logger.getLogger("");
        Arrays.stream(root.getHandlers()).forEach(root::removeHandler);
        root.addHandler(log);
        framework.start();
        for (Bundle bundle : started) {
            bundle.start();
        }
        mainThread = mainThread();
    }

    private static Filter filter(String filter) {
        try {
            return FrameworkUtil.createFilter(filter);
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(filter, e);
        }
    }

    @SuppressWarnings("unchecked")
    private Callable<Integer> mainThread() throws Exception {
        ServiceReference<?>[] found = context.getAllServiceReferences(Callable.class.getName(), "(main.thread=true)");
        assertThat(found).as("the command's main thread").hasSize(1);
        return (Callable<Integer>) context.getService(found[0]);
    }

    /** Runs {@code iopf}, nothing on standard input. Paths are absolute, or from the top of the repository. */
    Command run(Object... arguments) throws Exception {
        return feed("", arguments);
    }

    /** Runs {@code iopf} with these arguments, with {@code input} on standard input. Paths as above. */
    synchronized Command feed(String input, Object... arguments) throws Exception {
        String[] line = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
        InputStream in = System.in;
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        ServiceRegistration<?> launcher = context.registerService(
                Object.class, this, FrameworkUtil.asDictionary(Map.of("launcher.arguments", line)));
        int exit;
        try {
            System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
            System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
            exit = mainThread.call();
        } finally {
            System.setIn(in);
            System.setOut(out);
            System.setErr(err);
            launcher.unregister();
        }
        // Declarative Services deactivates components on a thread of its own when their configurations have gone.
        await().untilAsserted(() -> assertThat(leftBehind())
                .as("what %s left behind", List.of(line))
                .isEmpty());
        return new Command(exit, written.toString(StandardCharsets.UTF_8), said.toString(StandardCharsets.UTF_8));
    }

    /** Units, devices and handlers that are there between two commands. */
    private List<ServiceReference<?>> leftBehind() {
        return Arrays.stream(context.getBundles())
                .map(Bundle::getRegisteredServices)
                .filter(Objects::nonNull)
                .flatMap(Arrays::stream)
                .filter(OF_COMMANDS::match)
                .toList();
    }

    @Override
    public void close() throws Exception {
        framework.stop();
        framework.waitForStop(0);
    }

    /** Gives each test class that asks the one running jar. */
    static final class Once implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
            return parameter.getParameter().getType() == RunningJar.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
            return test.getRoot()
                    .getStore(ExtensionContext.Namespace.create(RunningJar.class))
                    .getOrComputeIfAbsent(RunningJar.class, key -> start(), RunningJar.class);
        }

        private static RunningJar start() {
            try {
                Path parent = Files.createDirectories(Built.file("itests/target/running"));
                return new RunningJar(Files.createTempDirectory(parent, "jar"));
            } catch (IOException e) {
                throw new IllegalStateException("the folder of the running jar can't be made", e);
            } catch (Exception e) {
                throw new IllegalStateException("the bundles of the executable jar don't start", e);
            }
        }
    }
}
