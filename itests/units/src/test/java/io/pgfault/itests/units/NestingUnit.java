// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.nest.FirstStageInvalidation;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.api.nest.VtdFirstStage;
import io.pgfault.api.nest.VtdInvalidation;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A unit that knows nested tables, as small as can be. Its first stage is one table of words, or four levels of such
 * tables: a word is the address of a page or of the next table, with bit 0 set if that is there. The unit caches what
 * it has found until it is told to forget, and an invalidation waits for the translations that are in use.
 */
final class NestingUnit implements IommuDriver, AutoCloseable {
    private static final int RETRIES = 100;

    private final int levels;
    private final IoPageFaults faults;
    private final FaultQueue queue;
    private final Map<Long, NestedTable> tables = new ConcurrentHashMap<>();
    private final Map<Long, Long> cache = new ConcurrentHashMap<>();
    private final Map<Long, CompletableFuture<ResponseCode>> waiting = new ConcurrentHashMap<>();
    private final AtomicInteger nextGroup = new AtomicInteger();
    /** Whether an invalidation waits for the page requests that are out. */
    volatile boolean waitsForAnswers;
    /** Held for reading while a translation is used, for writing during an invalidation. */
    private final ReadWriteLock accesses = new ReentrantReadWriteLock();

    /** Responses to groups that the unit does not wait for. */
    final AtomicInteger strayResponses = new AtomicInteger();

    /** @param levels 1 for one table, 4 for four levels as x86-64 has them */
    NestingUnit(IoPageFaults faults, String name, int levels) {
        this.levels = levels;
        this.faults = faults;
        this.queue = faults.allocate(name);
    }

    Device device(String name, int id) {
        Device device = faults.probe(this, queue.name(), name, id);
        queue.add(device);
        return device;
    }

    private static long key(Device device, int number) {
        return ((long) device.id() << 32) | (number & 0xffff_ffffL);
    }

    /** Where an access leads: the address in the memory, or -1 for a page that isn't there. */
    private long translate(Device device, int pasid, long address) {
        NestedTable table = tables.get(key(device, pasid));
        long tag = key(device, pasid) * 31 + (address >>> Translation.PAGE_SHIFT);
        Long cached = cache.get(tag);
        if (table == null || cached != null) {
            return table == null ? -1 : cached | offset(address);
        }
        long page = firstStage(table, address);
        long to = page < 0 ? -1 : secondStage(table, page);
        if (to < 0) {
            return -1;
        }
        cache.put(tag, to);
        return to | offset(address);
    }

    private static long offset(long address) {
        return address & (Translation.PAGE_SIZE - 1);
    }

    /** The page that the first stage gives, -1 if it gives none, -2 minus an address that the second stage lacks. */
    private long firstStage(NestedTable table, long address) {
        long of = ((VtdFirstStage) table.firstStage()).root();
        for (int level = levels - 1; level >= 0; level--) {
            long index = address >>> (Translation.PAGE_SHIFT + 9 * level);
            of += (levels == 1 ? index : index & 511) * Long.BYTES;
            long entry = secondStage(table, of);
            if (entry < 0) {
                return -2 - of;
            }
            long word = table.memory().load(entry);
            if ((word & 1) == 0) {
                return -1;
            }
            of = word & 0x000f_ffff_ffff_f000L;
        }
        return of;
    }

    private static long secondStage(NestedTable table, long address) {
        long found = table.secondStage().pageTable().walk(address);
        return found == Translation.NONE ? -1 : Translation.address(found) | offset(address);
    }

    @Override
    public long secondStageAddress(Device device, int pasid, long address, int permissions) {
        NestedTable table = tables.get(key(device, pasid));
        long page = table == null ? -1 : firstStage(table, address);
        return page == -1 ? FIRST_STAGE : page < 0 ? -2 - page : page;
    }

    /** Writes a word as a device does; how often the device asked, or -1 if it gave up. */
    int write(Device device, int pasid, long address, long value) throws Exception {
        for (int asked = 0; asked < RETRIES; asked++) {
            if (transfer(device, pasid, address, value)) {
                return asked;
            }
            if (ask(device, pasid, address).get(1, TimeUnit.MINUTES) != ResponseCode.SUCCESS) {
                return -1;
            }
        }
        throw new AssertionError("asked " + RETRIES + " times for one page");
    }

    private boolean transfer(Device device, int pasid, long address, long value) {
        accesses.readLock().lock();
        try {
            long to = translate(device, pasid, address);
            NestedTable table = tables.get(key(device, pasid));
            return to >= 0
                    && table != null
                    && table.memory().compareAndSet(to, table.memory().load(to), value);
        } finally {
            accesses.readLock().unlock();
        }
    }

    /** Sends a page request, and returns what becomes of it. */
    CompletableFuture<ResponseCode> ask(Device device, int pasid, long address) {
        int group = nextGroup.getAndIncrement();
        CompletableFuture<ResponseCode> answer = new CompletableFuture<>();
        waiting.put(key(device, group), answer);
        synchronized (device) {
            faults.report(
                    device,
                    PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID | PageRequest.LAST_PAGE,
                    pasid,
                    group,
                    Permissions.WRITE,
                    address,
                    0,
                    0);
        }
        return answer;
    }

    /** Whether a first stage is attached. */
    boolean isAttached(Device device, int pasid) {
        return tables.containsKey(key(device, pasid));
    }

    /** Reports an unrecoverable event, as the event thread of an SMMUv3 does. */
    boolean event(Device device, int pasid, long word0) {
        return tables.get(key(device, pasid)).event(device, word0, 1, 2, 3);
    }

    @Override
    public void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        CompletableFuture<ResponseCode> answer = waiting.remove(key(device, groupId));
        if (answer == null) {
            strayResponses.incrementAndGet();
        } else {
            answer.complete(code);
        }
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        if (domain.pageTable() instanceof NestedTable table) {
            if (!(table.firstStage() instanceof VtdFirstStage stage) || stage.root() % Translation.PAGE_SIZE != 0) {
                throw new IllegalArgumentException("a root is whole pages, got " + table.firstStage());
            }
            tables.put(key(device, pasid), table);
        } else {
            tables.remove(key(device, pasid));
        }
        cache.clear();
    }

    @Override
    public void detach(Device device, int pasid) {
        tables.remove(key(device, pasid));
        cache.clear();
    }

    @Override
    public void invalidate(Device device, int pasid, FirstStageInvalidation invalidation) {
        if (!(invalidation instanceof VtdInvalidation words) || (words.flags() & ~VtdInvalidation.LEAF) != 0) {
            throw new IllegalArgumentException("flags are 0 or LEAF, got " + invalidation);
        }
        while (waitsForAnswers && !waiting.isEmpty()) {
            Thread.onSpinWait();
        }
        accesses.writeLock().lock();
        try {
            cache.clear();
        } finally {
            accesses.writeLock().unlock();
        }
    }

    @Override
    public void close() {
        queue.close();
    }
}
