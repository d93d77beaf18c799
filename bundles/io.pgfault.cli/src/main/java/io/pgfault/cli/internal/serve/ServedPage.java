// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.serve;

import io.pgfault.cli.internal.console.BadInput;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;

/**
 * The page of {@code --console}: the bundle {@code io.pgfault.console} and its HTTP server, which wait in the jar
 * {@code console.jar} at a start level of their own. One thread, the one of the command.
 */
final class ServedPage {
    /** The start level of the page's bundles in {@code console.bndrun}. */
    static final int START_LEVEL = 60;

    private static final Pattern ADDRESS = Pattern.compile("(?:(\\[[0-9a-fA-F:.]+]|[^:\\[\\]]+):)?(\\d{1,5})");
    private static final int LARGEST_PORT = 65_535;
    private static final String THIS_MACHINE = "127.0.0.1";
    private static final String CONSOLE = "io.pgfault.console";
    private static final String DOOR = "io.pgfault.console.webconsole";
    private static final long PATIENCE_SECONDS = 20;
    private static final long POLL_MILLIS = 50;

    private final BundleContext context;
    private final ConfigurationAdmin configurations;
    private final String host;
    private final int port;

    /**
     * Reads the value of {@code --console}.
     *
     * @param address a port, or a host, a colon and a port
     * @throws BadInput if it is neither, or this process has no such bundle
     */
    ServedPage(BundleContext context, ConfigurationAdmin configurations, String address) throws BadInput {
        Matcher m = ADDRESS.matcher(address);
        if (!m.matches() || Integer.parseInt(m.group(2)) > LARGEST_PORT) {
            throw new BadInput("--console " + address + ": not a port or HOST:PORT, such as 8181 or [::1]:8181");
        }
        if (Stream.of(context.getBundles()).noneMatch(bundle -> CONSOLE.equals(bundle.getSymbolicName()))) {
            throw new BadInput("--console needs the bundle " + CONSOLE
                    + ", which is not in this jar; the script iopf takes console.jar");
        }
        this.context = context;
        this.configurations = configurations;
        host = m.group(1) == null ? THIS_MACHINE : m.group(1).replaceAll("[\\[\\]]", "");
        port = Integer.parseInt(m.group(2));
    }

    /**
     * Starts the HTTP server and the page.
     *
     * @return the page's address, with the token
     * @throws BadInput if the server can't listen there
     */
    String start() throws IOException, InterruptedException {
        System.setProperty("org.apache.felix.http.host", host);
        System.setProperty("org.osgi.service.http.port", Integer.toString(port));
        // The configuration opens the Web Console to the token; without it the Web Console stays closed.
        configurations.getConfiguration(DOOR, "?").update(FrameworkUtil.asDictionary(Map.of()));
        context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION)
                .adapt(FrameworkStartLevel.class)
                .setStartLevel(START_LEVEL);
        ServiceTracker<Callable<String>, Callable<String>> pages = new ServiceTracker<>(context, filter(), null);
        pages.open();
        try {
            return address(pages);
        } finally {
            pages.close();
        }
    }

    private String address(ServiceTracker<Callable<String>, Callable<String>> pages)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        do {
            Callable<String> page = pages.waitForService(POLL_MILLIS);
            String address = page == null ? "" : call(page);
            if (!address.isEmpty()) {
                return address;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } while (System.nanoTime() - end < 0);
        throw new BadInput("--console: nothing listens at " + host + ":" + port
                + "; is the port taken, or the address of another machine?");
    }

    private static String call(Callable<String> page) throws IOException {
        try {
            return page.call();
        } catch (Exception e) {
            throw new IOException("the page has no address", e);
        }
    }

    private Filter filter() {
        try {
            return context.createFilter(
                    "(&(objectClass=java.util.concurrent.Callable)(io.pgfault.console.address=true))");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("the filter is constant", e);
        }
    }
}
