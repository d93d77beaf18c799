// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.serve;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.Platform;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.cm.ConfigurationAdmin;

/**
 * Bundles of other people in this container: named by {@code --install}, or put into the folder of {@code --watch},
 * which Apache Felix File Install watches. File Install waits at a start level that nothing else reaches, because
 * without {@code --watch} it would watch a folder of its own choice. One thread, the one of the command.
 */
final class Installation {
    private static final String FILE_INSTALL = "org.apache.felix.fileinstall";
    private static final String POLL_MILLIS = "500";
    /** The start level of the command. */
    private static final int AT_ONCE = 1;

    /** A start level that {@code serve} does not go to. */
    private static final int NEVER = 100;

    private final BundleContext context;
    private final ConfigurationAdmin configurations;
    private final Platform platform;
    private final PrintWriter err;

    /** Installs into the framework of {@code context}; problems go to {@code err}, one line each. */
    Installation(BundleContext context, ConfigurationAdmin configurations, Platform platform, PrintWriter err) {
        this.context = context;
        this.configurations = configurations;
        this.platform = platform;
        this.err = err;
    }

    /** Follows the configurations of a watched folder, and names its other files, until the result is closed. */
    AutoCloseable follow(Path folder) {
        return WatchedFolder.follow(context, configurations, folder, platform, err);
    }

    /**
     * Installs and starts a bundle.
     *
     * @throws BadInput if there is no such file, or the bundle doesn't start
     */
    void install(Path jar) throws IOException {
        if (!Files.isRegularFile(jar)) {
            throw new BadInput(jar + ": no such bundle");
        }
        Bundle bundle;
        try {
            bundle = context.installBundle(jar.toUri().toString());
        } catch (BundleException e) {
            throw new BadInput(jar + ": not a bundle: " + e.getMessage(), e);
        }
        if (bundle.getSymbolicName() == null) {
            throw new BadInput(jar + ": not a bundle: its manifest has no Bundle-SymbolicName");
        }
        bundle.adapt(BundleStartLevel.class).setStartLevel(AT_ONCE);
        try {
            bundle.start();
        } catch (BundleException e) {
            throw new BadInput(jar + ": can't be started: " + oneLine(e), e);
        }
    }

    /**
     * Watches a folder from now on.
     *
     * @throws BadInput if there is no such folder, or File Install is missing
     */
    void watch(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new BadInput(folder + ": no such folder");
        }
        Bundle watcher = watcher()
                .orElseThrow(() ->
                        new BadInput("--watch needs the bundle " + FILE_INSTALL + ", which is not installed here"));
        System.setProperty("felix.fileinstall.dir", folder.toAbsolutePath().toString());
        System.setProperty("felix.fileinstall.poll", POLL_MILLIS);
        System.setProperty("felix.fileinstall.noInitialDelay", "true");
        System.setProperty("felix.fileinstall.filter", ".*\\.(jar|cfg)");
        System.setProperty("felix.fileinstall.enableConfigSave", "false");
        // Bundles get their start level here and not from File Install, because the framework would log the change of a
        // level with a stack trace.
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkStartLevel.class)
                .setInitialBundleStartLevel(AT_ONCE);
        System.setProperty("felix.fileinstall.log.level", "0");
        System.setProperty("felix.fileinstall.log.default", "jul");
        watcher.adapt(BundleStartLevel.class).setStartLevel(AT_ONCE);
    }

    /** Keeps File Install from watching a folder of its own choice. */
    void watchNothing() {
        watcher().ifPresent(watcher -> watcher.adapt(BundleStartLevel.class).setStartLevel(NEVER));
    }

    private Optional<Bundle> watcher() {
        return Stream.of(context.getBundles())
                .filter(bundle -> FILE_INSTALL.equals(bundle.getSymbolicName()))
                .findFirst();
    }

    private static String oneLine(BundleException e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    }
}
