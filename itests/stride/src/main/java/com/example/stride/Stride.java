// SPDX-License-Identifier: Apache-2.0
package com.example.stride;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import io.pgfault.api.sva.AddressSpace;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.service.component.annotations.Component;

/**
 * Stride detection per stream: two faults of a stream in a row at the same distance are a stride, and the next
 * {@value #DEPTH} pages of the stride are populated. A stream is the faults of one device and PASID in one region of
 * {@value #REGION_SHIFT} address bits. The policy is the reference prediction table of hardware prefetchers (J.-L. Baer
 * and T.-F. Chen, "An effective on-chip preloading scheme to reduce data access penalty", Supercomputing 1991), with
 * regions in place of program counters, which a page request doesn't carry. Kernel read-ahead finds its streams alike.
 */
@Component(property = "service.ranking:Integer=100")
@HandlesFaults(domain_kind = "sva")
public final class Stride implements FaultHandler {
    private static final int DEPTH = 4;
    private static final int REGION_SHIFT = 24;
    private static final int MAX_STREAMS = 1024;
    /** A longer distance is a jump. */
    private static final long MAX_STRIDE = 64L * Translation.PAGE_SIZE;

    /** A stream: the device, its address space, the region. */
    private record Key(String device, int pasid, long region) {}

    /** What is known of a stream: its last address, and the distance to that address. */
    private record Seen(long address, long distance) {}

    private final Map<Key, Seen> streams = new ConcurrentHashMap<>();

    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace space)) {
            return Disposition.DECLINED; // not ours: the next handler is asked
        }
        int size = group.size();
        long address = 0;
        int permissions = 0;
        long stride = 0;
        for (int i = 0; i < size; i++) {
            address = group.address(i) & -Translation.PAGE_SIZE;
            permissions = group.permissions(i);
            ResponseCode code = space.populate(address, permissions);
            if (code != ResponseCode.SUCCESS) {
                group.respond(code); // one page that can't be granted: the group gets that answer
                return Disposition.TAKEN;
            }
            stride = stride(group, address);
        }
        group.respond(ResponseCode.SUCCESS);
        long next = address;
        for (int i = 0; stride != 0 && i < DEPTH; i++) {
            next += stride;
            space.populate(next, permissions); // a guess; if it fails, nothing is lost
        }
        if (stride != 0) {
            // The device's next fault of this stream comes one stride after what is there now.
            streams.put(key(group, address), new Seen(next, stride));
        }
        return Disposition.TAKEN;
    }

    /** Returns the stride of the stream of {@code address}, 0 if there is none yet. */
    private long stride(FaultGroup group, long address) {
        if (streams.size() >= MAX_STREAMS) {
            streams.clear(); // forgetting costs guesses, nothing else
        }
        Key key = key(group, address);
        Seen before = streams.get(key);
        long distance = before == null ? 0 : address - before.address();
        if (distance == 0 || Math.abs(distance) > MAX_STRIDE) {
            streams.put(key, new Seen(address, 0));
            return 0;
        }
        streams.put(key, new Seen(address, distance));
        return distance == before.distance() ? distance : 0;
    }

    private static Key key(FaultGroup group, long address) {
        return new Key(group.device().name(), group.pasid(), address >>> REGION_SHIFT);
    }
}
