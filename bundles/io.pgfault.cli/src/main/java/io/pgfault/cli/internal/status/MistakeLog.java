// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.status;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleListener;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceListener;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.ConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Logs what {@code status} says of broken configurations, one warning for each, without a person asking. Threads of the
 * container tell of changes. The thread {@code io-pgfault-mistakes} waits until nothing has changed for a moment, looks
 * twice, and logs what stays wrong, once.
 *
 * <p>In a process of the command {@code iopf} only the verb {@code serve} has such a thread: the other verbs are over
 * before an operator could correct a thing.
 */
@Component(service = ConfigurationListener.class, immediate = true)
public final class MistakeLog implements ConfigurationListener {
    private static final System.Logger LOG = System.getLogger(MistakeLog.class.getName());
    /** A container that starts changes more often than this. */
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(700);
    /** A container that never rests is looked at after this time. */
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final String ARGUMENTS = "launcher.arguments";

    private final BundleContext context;
    private final Components components;
    private final Mistakes mistakes = new Mistakes();
    private final ServiceListener services = event -> changed();
    private final BundleListener bundles = event -> changed();
    private final Thread thread = new Thread(this::run, "io-pgfault-mistakes");
    private final Object lock = new Object();
    /** When the last change came, by {@link System#nanoTime}. Guarded by {@link #lock}, as the next two. */
    private long lastChange = System.nanoTime();

    /** Whether the container has changed since the thread looked. True at first: the thread looks once in any case. */
    private boolean changed = true;

    private boolean stopping;

    /** Called by Declarative Services. */
    @Activate
    public MistakeLog(BundleContext context, @Reference ConfigurationAdmin configurations)
            throws InvalidSyntaxException {
        this.context = context;
        this.components = new Components(context, configurations);
        if (isShort(context)) {
            return;
        }
        context.addServiceListener(services, "(" + Constants.OBJECTCLASS + "=io.pgfault.*)");
        context.addBundleListener(bundles);
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether this process runs a verb that ends by itself. */
    private static boolean isShort(BundleContext context) throws InvalidSyntaxException {
        ServiceReference<?>[] launchers = context.getAllServiceReferences(null, "(" + ARGUMENTS + "=*)");
        return launchers != null
                && launchers[0].getProperty(ARGUMENTS) instanceof String[] words
                && !List.of(words).contains("serve");
    }

    /** Called by Declarative Services. */
    @Deactivate
    void deactivate() {
        context.removeServiceListener(services);
        context.removeBundleListener(bundles);
        synchronized (lock) {
            stopping = true;
            lock.notifyAll();
        }
    }

    @Override
    public void configurationEvent(ConfigurationEvent event) {
        changed();
    }

    private void changed() {
        synchronized (lock) {
            changed = true;
            lastChange = System.nanoTime();
            lock.notifyAll();
        }
    }

    private void run() {
        try {
            while (awaitChange()) {
                List<PidState> before = components.states();
                if (!rest()) {
                    return;
                }
                mistakes.lines(before, components.states()).forEach(line -> LOG.log(System.Logger.Level.WARNING, line));
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the configurations can't be read, so their mistakes stay unsaid", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            // This bundle or Configuration Admin stops: whatever starts again brings a new thread.
            LOG.log(System.Logger.Level.DEBUG, "the container ends", e);
        }
    }

    /** Waits for a change, then until there is none for a moment; false if this component stops. */
    private boolean awaitChange() throws InterruptedException {
        synchronized (lock) {
            while (!changed && !stopping) {
                lock.wait();
            }
            long first = System.nanoTime();
            long now = first;
            while (!stopping && now - lastChange < QUIET_NANOS && now - first < LONGEST_NANOS) {
                TimeUnit.NANOSECONDS.timedWait(lock, QUIET_NANOS);
                now = System.nanoTime();
            }
            changed = false;
            return !stopping;
        }
    }

    /** Waits for a moment; false if this component stops. */
    private boolean rest() throws InterruptedException {
        long end = System.nanoTime() + QUIET_NANOS;
        synchronized (lock) {
            for (long left = QUIET_NANOS; left > 0 && !stopping; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(lock, left);
            }
            return !stopping;
        }
    }
}
