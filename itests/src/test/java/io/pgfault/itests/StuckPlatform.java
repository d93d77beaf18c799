// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import io.pgfault.api.Counter;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.util.tracker.ServiceTracker;

/**
 * A bundle that leaves {@value #GROUPS} groups of one device pending in a handler of its own. It reports each response
 * that the device gets to the {@link IntConsumer} in the service registry, by the number of the group, and registers
 * the count of closed groups as a {@link LongSupplier}: classes that the test outside the container shares.
 */
public final class StuckPlatform implements BundleActivator, FaultHandler, Downstream {
    /** Framework property: how the handler behaves, one of the next three. */
    static final String BEHAVIOUR = "io.pgfault.itests.behaviour";

    /** It answers what it holds when its bundle stops. */
    static final String ANSWERS_AT_STOP = "answers when its bundle stops";

    /** It takes groups and forgets them. */
    static final String NEVER_ANSWERS = "never answers";

    /** It never returns, not even interrupted. */
    static final String NEVER_RETURNS = "never returns";

    /** Framework property: the factory PID of the unit. */
    static final String UNIT_PID = "io.pgfault.itests.unit";

    /** How many groups are left pending. */
    static final int GROUPS = 20 * 512;

    static final String IMPORTS = "org.osgi.framework,org.osgi.util.tracker,org.osgi.service.cm,io.pgfault.api,"
            + "io.pgfault.api.bus,io.pgfault.api.driver,io.pgfault.api.handler";

    private static final String KIND = "stuck";
    private static final int PRG_INDEXES = 512;
    private static final long PATIENCE_MILLIS = 20_000;

    private final List<FaultGroup> held = new ArrayList<>();
    private String behaviour;
    private IntConsumer responses;

    @Override
    public void start(BundleContext context) throws Exception {
        behaviour = context.getProperty(BEHAVIOUR);
        responses = service(context, IntConsumer.class);
        // Both vendors' page request queues hold all requests at a time.
        service(context, ConfigurationAdmin.class)
                .getFactoryConfiguration(context.getProperty(UNIT_PID), "stuck", "?")
                .update(FrameworkUtil.asDictionary(
                        Map.of("io.pgfault.unit.name", "stuck", "queue.size.order", 7, "pri.queue.log2", 15)));
        context.registerService(FaultHandler.class, this, FrameworkUtil.asDictionary(Map.of(DOMAIN_KIND, KIND)));
        IoPageFaults faults = service(context, IoPageFaults.class);
        Unit unit = service(context, Unit.class);
        Upstream upstream = unit.connect("device", 0x10, this);
        Domain domain = faults.allocateDomain(KIND, KIND, PageTable.EMPTY, false);
        for (int pasid = 0; pasid < GROUPS / PRG_INDEXES; pasid++) {
            faults.attach(upstream.device(), pasid, domain);
            for (int index = 0; index < PRG_INDEXES; index++) {
                upstream.pageRequest(pasid, index, Permissions.READ, index * 4096L, true);
            }
        }
        context.registerService(
                LongSupplier.class, () -> unit.queue().counters().get(Counter.GROUPS), null);
    }

    private static <T> T service(BundleContext context, Class<T> type) throws InterruptedException {
        ServiceTracker<T, T> tracker = new ServiceTracker<>(context, type, null);
        tracker.open();
        T service = tracker.waitForService(PATIENCE_MILLIS);
        if (service == null) {
            throw new IllegalStateException(type + " did not come up");
        }
        return service;
    }

    @Override
    public void stop(BundleContext context) {
        if (behaviour.equals(ANSWERS_AT_STOP)) {
            synchronized (held) {
                held.forEach(group -> group.respond(ResponseCode.SUCCESS));
            }
        }
    }

    @Override
    public Disposition handle(FaultGroup group) {
        while (behaviour.equals(NEVER_RETURNS)) {
            LockSupport.park();
            // An interrupted thread doesn't park: it would keep a processor busy as long as the tests run.
            Thread.interrupted();
        }
        synchronized (held) {
            held.add(group);
        }
        return Disposition.TAKEN;
    }

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        responses.accept(pasid * PRG_INDEXES + prgIndex);
    }

    @Override
    public void resume(int transaction, boolean retry) {}

    @Override
    public void invalidate(int pasid, long first, long last) {}

    @Override
    public void disconnected() {}
}
