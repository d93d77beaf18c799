// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;

/**
 * A handler in a bundle of its own, to be swapped: the better one for domains of kind {@code sva}, the only one for
 * {@link #KIND}. It populates a group's pages as the SVA handler does. A few groups it keeps and never answers: at most
 * {@value #KEPT} at a time, so that others go on, and each only once, for when the group comes to a handler again the
 * page is there.
 *
 * <p>Beside the handler the bundle registers how many groups it took, as a {@link LongSupplier}, and a {@link
 * CountDownLatch} that opens with the first of them: classes that every bundle shares.
 */
public final class SwappedHandler implements BundleActivator, FaultHandler {
    /** The kind of domain that no other handler serves. */
    static final String KIND = "swapped";

    private static final int KEPT = 2;

    private final List<FaultGroup> kept = new ArrayList<>();
    private final LongAdder taken = new LongAdder();
    private final CountDownLatch first = new CountDownLatch(1);

    /** The bundle. */
    static TestBundle bundle() throws IOException {
        return TestBundle.of(
                SwappedHandler.class, "org.osgi.framework,io.pgfault.api,io.pgfault.api.handler,io.pgfault.api.sva");
    }

    @Override
    public void start(BundleContext context) {
        context.registerService(LongSupplier.class, taken::sum, null);
        context.registerService(CountDownLatch.class, first, null);
        context.registerService(
                FaultHandler.class,
                this,
                FrameworkUtil.asDictionary(
                        Map.of(DOMAIN_KIND, new String[] {"sva", KIND}, Constants.SERVICE_RANKING, 100)));
    }

    /** Nothing is left to do: the framework unregisters the services. */
    @Override
    public void stop(BundleContext context) {}

    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace space)) {
            return Disposition.DECLINED;
        }
        taken.increment();
        long address = group.address(0);
        int permissions = group.permissions(0);
        boolean firstTime = !Translation.grants(space.walk(address), permissions);
        ResponseCode code = ResponseCode.SUCCESS;
        for (int i = 0; i < group.size() && code == ResponseCode.SUCCESS; i++) {
            code = space.populate(group.address(i), group.permissions(i));
        }
        if (!firstTime || !mayBeKept(address) || !keep(group)) {
            group.respond(code);
        }
        first.countDown();
        return Disposition.TAKEN;
    }

    /** Whether a group of this page may be kept: one in a thousand, in no order. */
    static boolean mayBeKept(long address) {
        return ((address >>> Translation.PAGE_SHIFT) * 0x9e3779b97f4a7c15L) >>> 54 == 0;
    }

    private synchronized boolean keep(FaultGroup group) {
        kept.removeIf(SwappedHandler::answered);
        return kept.size() < KEPT && kept.add(group);
    }

    private static boolean answered(FaultGroup group) {
        try {
            group.flags(0);
            return false;
        } catch (IllegalStateException e) {
            return true; // by the core: that is how a group says so
        }
    }
}
