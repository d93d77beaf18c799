// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static org.awaitility.Awaitility.await;

import io.pgfault.api.Counter;
import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.tck.core.StrictFaults;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;

/** A unit with the kit's fake core behind it and pages to map. */
final class Fixture implements AutoCloseable {
    /** A response record as a tap saw it. */
    record Tapped(long word0, long word1, ResponseCode code) {}

    final StrictFaults faults = StrictFaults.builder()
            .answers(request -> ResponseCode.SUCCESS)
            .domainsEverywhere()
            .build();
    final IommuUnit unit;
    final List<Tapped> tapped = new ArrayList<>();
    /** Whether the unit has said that it can't go on. */
    volatile boolean failed;

    private final Map<Long, Long> pages = new ConcurrentHashMap<>();

    /** Queues of 16 records, 8 stalls. */
    Fixture() {
        this(new Sizes(4, 4, 4, 8));
    }

    Fixture(Sizes sizes) {
        unit = new IommuUnit(faults, "smmu3.7", sizes);
        unit.start(() -> failed = true);
        unit.tap((record, code) -> {
            synchronized (tapped) {
                tapped.add(new Tapped(record.getLong(0), record.getLong(8), code));
            }
        });
    }

    List<Tapped> tapped() {
        synchronized (tapped) {
            return List.copyOf(tapped);
        }
    }

    /** The page table behind every domain of {@link #attach}. */
    PageTable pageTable() {
        return address -> pages.getOrDefault(address >>> Translation.PAGE_SHIFT, Translation.NONE);
    }

    /** Maps a page to itself. */
    void map(long address, int permissions) {
        pages.put(address >>> Translation.PAGE_SHIFT, Translation.of(address, permissions));
    }

    void attach(Upstream upstream, int pasid) {
        faults.attach(upstream.device(), pasid, faults.allocateDomain("user", "test", pageTable(), false));
    }

    long count(Counter counter) {
        return unit.queue().counters().get(counter);
    }

    RecordRing ring(String format) {
        return unit.ring(format).orElseThrow();
    }

    /** A raw record of little-endian words. */
    static ByteBuffer raw(long... words) {
        ByteBuffer record = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long word : words) {
            record.putLong(word);
        }
        return record.flip();
    }

    static void eventually(Callable<Boolean> condition) {
        await().until(condition);
    }

    @Override
    public void close() {
        unit.stop();
    }
}
