// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.serve;

import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.cli.internal.platform.PlatformFile;
import io.pgfault.cli.internal.status.Components;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/**
 * The part of a watched folder that File Install leaves alone: configurations in JSON, and one line for each file: that
 * it is configured, or why not; that it is neither a bundle nor a configuration; that its bundle doesn't start. One
 * thread, {@code io-pgfault-watch}, looks into the folder twice a second; it alone reads and writes the fields, except
 * the latch.
 */
final class WatchedFolder implements AutoCloseable {
    /** Hidden files, and names that programs give to a file while they write it. */
    private static final Pattern UNFINISHED = Pattern.compile("\\..*|.*~|.*\\.(part|tmp|swp)");

    private static final long POLL_MILLIS = 500;
    private static final long STOP_MILLIS = 5_000;

    /** File Install starts a bundle within this number of looks, 3 s. */
    private static final int LOOKS_TO_START = 6;

    private final BundleContext context;
    private final ConfigurationAdmin configurations;
    private final Path folder;
    private final Platform platform;
    private final PrintWriter err;

    /** Opened by the thread that closes the folder; ends the watching thread. */
    private final CountDownLatch stopping = new CountDownLatch(1);

    private final Thread thread = new Thread(this::watch, "io-pgfault-watch");
    private final Map<Path, FileTime> seen = new HashMap<>();
    private final Map<Path, Platform.Configured> configured = new HashMap<>();

    /**
     * The bundles that have not started yet and the configurations that have not been made, and the looks that are left
     * until the thread asks why.
     */
    private final Map<Path, Integer> starting = new HashMap<>();

    private WatchedFolder(
            BundleContext context, ConfigurationAdmin configurations, Path folder, Platform platform, PrintWriter err) {
        this.context = context;
        this.configurations = configurations;
        this.folder = folder;
        this.platform = platform;
        this.err = err;
    }

    /** Follows a folder until the result is closed. */
    static WatchedFolder follow(
            BundleContext context, ConfigurationAdmin configurations, Path folder, Platform platform, PrintWriter err) {
        WatchedFolder watched = new WatchedFolder(context, configurations, folder, platform, err);
        watched.thread.setDaemon(true);
        watched.thread.start();
        return watched;
    }

    private void watch() {
        try {
            do {
                look();
            } while (!stopping.await(POLL_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        configured.keySet().stream().toList().forEach(this::takeAway);
    }

    private void look() throws InterruptedException {
        Map<Path, FileTime> now;
        try {
            now = files();
        } catch (IOException e) {
            complain(folder, "can't be read: " + e.getMessage());
            return;
        }
        Set<Path> gone = new HashSet<>(seen.keySet());
        gone.removeAll(now.keySet());
        gone.forEach(this::takeAway);
        seen.keySet().removeAll(gone);
        for (Map.Entry<Path, FileTime> file : now.entrySet()) {
            if (!file.getValue().equals(seen.put(file.getKey(), file.getValue()))) {
                changed(file.getKey());
            }
        }
        starting.keySet().retainAll(now.keySet());
        starting.replaceAll((file, looks) -> looks - 1);
        starting.entrySet()
                .removeIf(entry -> isCfg(entry.getKey())
                        ? taken(entry.getKey(), entry.getValue() <= 0)
                        : started(entry.getKey(), entry.getValue() <= 0));
    }

    /** Whether a bundle has started; at the last look the thread starts the bundle itself, and names the obstacle. */
    private boolean started(Path jar, boolean lastLook) {
        Bundle bundle = context.getBundle(jar.toFile().getAbsoluteFile().toURI().toString());
        boolean fragment = bundle != null && bundle.getHeaders().get(Constants.FRAGMENT_HOST) != null;
        if (fragment || (bundle != null && bundle.getState() == Bundle.ACTIVE)) {
            return true;
        }
        if (!lastLook) {
            return false;
        }
        try {
            if (bundle == null) {
                complain(jar, "could not be installed: is another bundle of the same name and version there?");
            } else {
                bundle.start();
            }
        } catch (BundleException e) {
            complain(jar, "can't be started: " + String.valueOf(e.getMessage()).replaceAll("\\s+", " "));
        }
        return true;
    }

    private Map<Path, FileTime> files() throws IOException {
        List<Path> paths;
        try (Stream<Path> files = Files.list(folder)) {
            paths = files.filter(Files::isRegularFile)
                    .filter(file ->
                            !UNFINISHED.matcher(file.getFileName().toString()).matches())
                    .toList();
        }
        Map<Path, FileTime> times = new TreeMap<>();
        for (Path path : paths) {
            times.put(path, Files.getLastModifiedTime(path));
        }
        return times;
    }

    private void changed(Path file) throws InterruptedException {
        String name = file.getFileName().toString();
        if (name.endsWith(".json")) {
            takeAway(file);
            try {
                configured.put(file, platform.configure(PlatformFile.read(file)));
                err.printf("iopf: %s: configured%n", file);
            } catch (IOException e) {
                complain(file, e.getMessage());
            }
        } else if (name.endsWith(".jar")) {
            mustBeBundle(file);
        } else if (name.endsWith(".cfg")) {
            starting.put(file, LOOKS_TO_START);
        } else {
            complain(file, "neither a bundle (.jar) nor a configuration (.cfg, .json); left alone");
        }
    }

    private void mustBeBundle(Path file) {
        try (JarFile jar = new JarFile(file.toFile())) {
            Manifest manifest = jar.getManifest();
            if (manifest == null || manifest.getMainAttributes().getValue("Bundle-SymbolicName") == null) {
                complain(file, "not a bundle: its manifest has no Bundle-SymbolicName");
            } else {
                starting.put(file, LOOKS_TO_START);
            }
        } catch (IOException e) {
            complain(file, "not a bundle: " + e.getMessage());
        }
    }

    private static boolean isCfg(Path file) {
        return file.getFileName().toString().endsWith(".cfg");
    }

    /**
     * Whether File Install has made a configuration of a file and a started bundle takes it; at the last look the
     * thread says what is missing.
     */
    private boolean taken(Path file, boolean lastLook) {
        String made = "(felix.fileinstall.filename="
                + file.toFile().getAbsoluteFile().toURI().toString().replaceAll("([\\\\*()])", "\\\\$1") + ")";
        try {
            Configuration[] found = configurations.listConfigurations(made);
            if (found != null && Components.isClaimed(context, found[0])) {
                err.printf("iopf: %s: configured %s%n", file, found[0].getPid());
                return true;
            }
            if (lastLook) {
                complain(
                        file,
                        found == null
                                ? "no configuration was made of it; is its name a PID, such as io.pgfault.core.cfg?"
                                : "no started bundle takes a configuration of PID " + found[0].getPid()
                                        + "; is the name of the file right?");
            }
        } catch (IOException | InvalidSyntaxException e) {
            complain(file, "its configuration can't be read: " + e.getMessage());
        }
        return lastLook;
    }

    private void takeAway(Path file) {
        Platform.Configured made = configured.remove(file);
        if (made != null) {
            try {
                made.close();
            } catch (IOException e) {
                complain(file, "its configurations can't be deleted: " + e.getMessage());
            }
        }
    }

    private void complain(Path file, String how) {
        String message = String.valueOf(how);
        err.println("iopf: " + (message.startsWith(file.toString()) ? message : file + ": " + message));
    }

    /** Ends the watching thread, and takes the configurations of the folder away. */
    @Override
    public void close() throws InterruptedException {
        stopping.countDown();
        thread.join(STOP_MILLIS);
    }
}
