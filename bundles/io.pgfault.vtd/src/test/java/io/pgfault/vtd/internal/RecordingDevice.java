// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

import io.pgfault.api.bus.Downstream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A device that remembers what the unit sends to it. */
public final class RecordingDevice implements Downstream {
    /** A PRG response message. */
    public record Response(int pasid, int prgIndex, int code) {}

    /** An invalidation request. */
    public record Invalidation(int pasid, long first, long last) {}

    public final List<Response> responses = Collections.synchronizedList(new ArrayList<>());
    public final List<Invalidation> invalidations = new CopyOnWriteArrayList<>();

    /** How many responses had come, for each time the device was told that the unit let go. */
    public final List<Integer> disconnectedAfter = new CopyOnWriteArrayList<>();

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        responses.add(new Response(pasid, prgIndex, code));
        onResponse.run();
    }

    @Override
    public void resume(int transaction, boolean retry) {
        throw new AssertionError("VT-d stalls nothing, so it resumes nothing");
    }

    @Override
    public void invalidate(int pasid, long first, long last) {
        invalidations.add(new Invalidation(pasid, first, last));
        onInvalidation.run();
    }

    @Override
    public void disconnected() {
        disconnectedAfter.add(responses.size());
    }

    /** Runs within each response. */
    public volatile Runnable onResponse = () -> {};

    /** Runs within each invalidation. */
    public volatile Runnable onInvalidation = () -> {};

    /** Whether an invalidation covered the byte address. */
    public boolean forgot(int pasid, long address) {
        return invalidations.stream()
                .anyMatch(i -> i.pasid == pasid
                        && Long.compareUnsigned(i.first, address) <= 0
                        && Long.compareUnsigned(address, i.last) <= 0);
    }
}
