// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.compare;

import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.Sva;
import io.pgfault.cli.internal.console.BadInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.util.tracker.ServiceTracker;

/**
 * A handler of the comparison: the SVA handler that is there, or a bundle that is installed for the comparison and
 * uninstalled after it. One thread.
 */
final class HandlerChoice implements AutoCloseable {
    /** The word for the SVA handler. */
    static final String SVA = "sva";

    private static final String SVA_BUNDLE = "io.pgfault.sva";
    /** The start level of the command. */
    private static final int AT_ONCE = 1;

    private static final long PATIENCE_MILLIS = TimeUnit.SECONDS.toMillis(5);

    private final BundleContext context;
    private final String word;
    private final Bundle bundle;
    private final boolean installed;

    private HandlerChoice(BundleContext context, String word, Bundle bundle, boolean installed) {
        this.context = context;
        this.word = word;
        this.bundle = bundle;
        this.installed = installed;
    }

    /**
     * Finds or installs a handler.
     *
     * @throws BadInput if there is no such file, or it is no bundle
     */
    static HandlerChoice of(BundleContext context, String word) throws IOException {
        if (word.equals(SVA)) {
            for (Bundle bundle : context.getBundles()) {
                if (SVA_BUNDLE.equals(bundle.getSymbolicName())) {
                    return new HandlerChoice(context, word, bundle, false);
                }
            }
            throw new BadInput("compare needs the bundle " + SVA_BUNDLE + ", which is not installed here");
        }
        Path jar = Path.of(word);
        if (!Files.isRegularFile(jar)) {
            throw new BadInput("--handler " + word + ": no such bundle; say sva or name a jar");
        }
        String location = jar.toAbsolutePath().toUri().toString();
        if (context.getBundle(location) != null) {
            throw new BadInput(
                    "--handler " + word + ": is installed here already; take the command line of the process");
        }
        Bundle bundle;
        try {
            bundle = context.installBundle(location);
        } catch (BundleException e) {
            throw new BadInput("--handler " + word + ": not a bundle: " + oneLine(e), e);
        }
        bundle.adapt(BundleStartLevel.class).setStartLevel(AT_ONCE);
        return new HandlerChoice(context, word, bundle, true);
    }

    /** Returns the handler's name in tables: {@code sva}, or the bundle's symbolic name. */
    String name() {
        return installed ? String.valueOf(bundle.getSymbolicName()) : word;
    }

    /**
     * Returns the handler without what it has learned: a bundle that was installed for the comparison starts anew.
     *
     * @throws BadInput if the bundle doesn't start, or registers no handler for domains of kind sva
     */
    FaultHandler fresh() throws IOException, InterruptedException {
        if (installed) {
            try {
                bundle.stop();
                bundle.start();
            } catch (BundleException e) {
                throw new BadInput("--handler " + word + ": can't be started: " + oneLine(e), e);
            }
        }
        ServiceTracker<FaultHandler, FaultHandler> tracker = new ServiceTracker<>(context, filter(), null) {
            @Override
            public FaultHandler addingService(ServiceReference<FaultHandler> reference) {
                return reference.getBundle() == bundle ? super.addingService(reference) : null;
            }
        };
        tracker.open();
        try {
            FaultHandler handler = tracker.waitForService(PATIENCE_MILLIS);
            if (handler == null) {
                throw new BadInput(
                        "--handler %s: registers no handler for domains of kind sva; does its component need a"
                                        .formatted(word)
                                + " configuration?");
            }
            return handler;
        } finally {
            tracker.close();
        }
    }

    private static Filter filter() {
        try {
            return FrameworkUtil.createFilter("(&(%s=%s)(%s=%s))"
                    .formatted(
                            Constants.OBJECTCLASS,
                            FaultHandler.class.getName(),
                            FaultHandler.DOMAIN_KIND,
                            Sva.DOMAIN_KIND));
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("the filter is a constant", e);
        }
    }

    /** Uninstalls what was installed. */
    @Override
    public void close() throws IOException {
        if (installed) {
            try {
                bundle.uninstall();
            } catch (BundleException e) {
                throw new IOException(word + ": can't be uninstalled: " + oneLine(e), e);
            }
        }
    }

    private static String oneLine(BundleException e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    }
}
