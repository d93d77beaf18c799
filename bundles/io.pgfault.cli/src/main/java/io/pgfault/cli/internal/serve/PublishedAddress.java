// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.serve;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Filter;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.util.tracker.ServiceTracker;

/**
 * The address of a server in this process, which the server's bundle publishes as a service {@code Callable} of a
 * string. Any thread.
 */
final class PublishedAddress {
    private static final long PATIENCE_SECONDS = 20;
    private static final long POLL_MILLIS = 50;

    private PublishedAddress() {}

    /**
     * Waits for the address.
     *
     * @param property the property of the service that is true
     * @return empty if no server has published one in time
     */
    static Optional<String> await(BundleContext context, String property) throws IOException, InterruptedException {
        ServiceTracker<Callable<String>, Callable<String>> servers =
                new ServiceTracker<>(context, filter(context, property), null);
        servers.open();
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            do {
                Callable<String> server = servers.waitForService(POLL_MILLIS);
                String address = server == null ? "" : call(server);
                if (!address.isEmpty()) {
                    return Optional.of(address);
                }
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } while (System.nanoTime() - end < 0);
            return Optional.empty();
        } finally {
            servers.close();
        }
    }

    private static String call(Callable<String> server) throws IOException {
        try {
            return server.call();
        } catch (Exception e) {
            throw new IOException("the server has no address", e);
        }
    }

    private static Filter filter(BundleContext context, String property) {
        try {
            return context.createFilter("(&(objectClass=java.util.concurrent.Callable)(" + property + "=true))");
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("the filter is constant", e);
        }
    }
}
