// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import io.pgfault.api.Pasid;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.Smmuv3FirstStage;
import io.pgfault.api.nest.VtdInvalidation;
import java.util.List;
import java.util.Optional;

/**
 * What the host knows of the guest's first stages. The guest's unit sends an ATS invalidation, or says so, whenever its
 * tables have changed; the thread that carries it looks at the first stage that the tables name, tells the host when
 * that has changed, and passes every other invalidation on (rule N03).
 *
 * <p>Where the unit names no first stage, the host gets the {@link ShadowStage} of the engine's PASID, if there is one.
 *
 * <p>A VT-d unit has a first stage for each PASID, and the host's engine uses one PASID. An SMMUv3 has one for the
 * whole stream, the one without PASID; the host's unit reads the guest's context descriptors there, and caches them.
 * The monitor orders what the host is told.
 */
public final class FirstStages {
    /** STE word 1 bits 29:28, whether and how a stream has ATS (IHI 0070 F.b §5.2). */
    private static final long EATS = 0b11L << 28;

    private final Upstream upstream;
    private final HostQueue host;
    private final int devId;
    private final int pasid;
    private final boolean stalls;
    private final Optional<ShadowStage> shadow;
    /** The first stage of {@code pasid} that the host has. Guarded by the monitor. */
    private Optional<FirstStage> ofPasid = Optional.empty();
    /** The first stage of the whole stream that the host has. Guarded by the monitor. */
    private Optional<FirstStage> ofStream = Optional.empty();

    /**
     * First stages of which the host knows none.
     *
     * @param devId the device's id on the host
     * @param pasid the PASID that the host's engine uses
     * @param stalls whether the device's transactions stall: then the device has no ATS, and the host's unit stalls
     *     faults of the second stage, too
     */
    public FirstStages(Upstream upstream, HostQueue host, int devId, int pasid, boolean stalls) {
        this(upstream, host, devId, pasid, stalls, Optional.empty());
    }

    /** As above, with what the host gets where the unit names no first stage. */
    public FirstStages(Upstream upstream, HostQueue host, int devId, int pasid, Optional<ShadowStage> shadow) {
        this(upstream, host, devId, pasid, false, shadow);
    }

    private FirstStages(
            Upstream upstream, HostQueue host, int devId, int pasid, boolean stalls, Optional<ShadowStage> shadow) {
        this.stalls = stalls;
        this.shadow = shadow;
        this.upstream = upstream;
        this.host = host;
        this.devId = devId;
        this.pasid = pasid;
    }

    /** The guest's unit invalidates pages, byte addresses, inclusive; returns when no device of the host uses them. */
    synchronized void invalidate(int of, long first, long last) {
        refresh();
        if (of == pasid && ofPasid.isPresent()) {
            List<Long> cut = shadow.map(table -> table.invalidate(first, last)).orElse(List.of());
            host.invalidate(devId, pasid, List.of(vtd(first, last)));
            shadow.ifPresent(table -> table.reuse(cut));
        } else if (ofStream.isPresent()) {
            host.invalidate(devId, Pasid.NONE, StreamInvalidation.commands(of, first, last, isEverything(first, last)));
        }
    }

    /** The guest's tables have changed; returns when the host's unit uses nothing of what they said before. */
    synchronized void tablesChanged(int of) {
        refresh();
        if (ofStream.isPresent()) {
            host.invalidate(devId, Pasid.NONE, StreamInvalidation.descriptors(of));
        }
    }

    private void refresh() {
        ofStream = refreshed(Pasid.NONE, ofStream);
        if (pasid != Pasid.NONE) {
            ofPasid = refreshed(pasid, ofPasid);
        }
    }

    /** Has the host detach what it has. The guest's unit doesn't know the device any more, and invalidates nothing. */
    synchronized void detach() {
        ofStream.ifPresent(stage -> host.detach(devId, Pasid.NONE));
        ofPasid.ifPresent(stage -> host.detach(devId, pasid));
        ofStream = Optional.empty();
        ofPasid = Optional.empty();
    }

    private Optional<FirstStage> refreshed(int of, Optional<FirstStage> before) {
        Optional<FirstStage> named = upstream.firstStage(of).map(this::asTheDeviceIs);
        boolean shadows = of == pasid && named.isEmpty() && shadow.isPresent();
        Optional<FirstStage> now = shadows ? shadow.map(ShadowStage::stage) : named;
        if (of == pasid) {
            shadow.ifPresent(table -> table.active(shadows));
        }
        if (now.equals(before)) {
            return before;
        }
        if (now.isPresent()) {
            host.attach(devId, of, now.get());
        } else {
            host.detach(devId, of);
        }
        return now;
    }

    private FirstStage asTheDeviceIs(FirstStage stage) {
        return stalls && stage instanceof Smmuv3FirstStage stream
                ? new Smmuv3FirstStage(stream.ste0(), stream.ste1() & ~EATS)
                : stage;
    }

    private static VtdInvalidation vtd(long first, long last) {
        long page = first & -Translation.PAGE_SIZE;
        long pages = ((last - page) >>> Translation.PAGE_SHIFT) + 1;
        return isEverything(first, last)
                ? new VtdInvalidation(0, VtdInvalidation.ALL, 0)
                : new VtdInvalidation(page, pages, 0);
    }

    /** Half of the address space is everything: a unit that invalidates all sends each half. */
    private static boolean isEverything(long first, long last) {
        return Long.compareUnsigned(last - first, Long.MAX_VALUE) >= 0;
    }
}
