// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.sva.internal.memory.SystemMemory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rule S06 with bytes: devices with TLBs write to memory whose frames change pages all the time, because ranges are
 * unmapped and mapped again and there are few frames. If a frame changes its page while a device can still write to the
 * frame, a page holds a value that its owner has not written.
 */
@Timeout(60)
class StaleAccessTest {
    private static final long AT = 0x7000_0000_0000L;
    private static final int PAGES = 64;
    private static final int FILE_PAGES = 256;
    private static final long RUN_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** A device that uses a cached translation until an invalidation names the page. */
    private static final class Device implements MmuNotifier {
        private final ProcessAddressSpace space;
        private final SystemMemory frames;
        private final ReadWriteLock using = new ReentrantReadWriteLock();
        private final ConcurrentHashMap<Long, Long> tlb = new ConcurrentHashMap<>();

        Device(ProcessAddressSpace space, SystemMemory frames) {
            this.space = space;
            this.frames = frames;
            space.register(this);
        }

        @Override
        public void invalidate(long first, long last) {
            using.writeLock().lock();
            try {
                tlb.keySet()
                        .removeIf(page ->
                                Long.compareUnsigned(first, page) <= 0 && Long.compareUnsigned(page, last) <= 0);
            } finally {
                using.writeLock().unlock();
            }
        }

        /** Transfers eight bytes at the beginning of a page; false if the page is INVALID. */
        boolean transfer(long page, int access, ByteBuffer bytes) {
            while (true) {
                using.readLock().lock();
                try {
                    long translation = tlb.getOrDefault(page, Translation.NONE);
                    if (!Translation.grants(translation, access)) {
                        translation = space.walk(page);
                    }
                    if (Translation.grants(translation, access)) {
                        tlb.put(page, translation);
                        long address = Translation.address(translation);
                        return access == WRITE ? frames.write(address, bytes) : frames.read(address, bytes);
                    }
                } finally {
                    using.readLock().unlock();
                }
                if (space.populate(page, access) != ResponseCode.SUCCESS) {
                    return false;
                }
            }
        }

        boolean write(long page, long value) {
            return transfer(page, WRITE, ByteBuffer.allocate(8).putLong(0, value));
        }

        long read(long page) {
            ByteBuffer bytes = ByteBuffer.allocate(8);
            return transfer(page, READ, bytes) ? bytes.getLong(0) : -1;
        }
    }

    @TempDir
    private Path folder;

    private final long seed = System.nanoTime();
    private final SystemMemory frames = new SystemMemory(160);
    private final long end = System.nanoTime() + RUN_NANOS;
    private final AtomicLong checked = new AtomicLong();

    private ProcessAddressSpace space(String name) {
        return new RootedAddressSpace(name, TableFormat.X86_FOUR_LEVELS, frames);
    }

    private boolean running() {
        return System.nanoTime() - end < 0;
    }

    @Test
    void s06_noFrameIsWrittenToByADeviceThatHadItBefore() throws Exception {
        ByteBuffer contents = ByteBuffer.allocate(FILE_PAGES << 12);
        for (int page = 0; page < FILE_PAGES; page++) {
            contents.putLong(page << 12, 0xf11e_0000L + page);
        }
        Path file = Files.write(folder.resolve("file"), contents.array());
        ProcessAddressSpace churned = space("churned");
        Device writer = new Device(churned, frames);
        List<Callable<Void>> work = new ArrayList<>();
        work.add(() -> churn(churned));
        work.add(() -> writeAnywhere(writer));
        work.add(() -> keepOwn(space("owner")));
        work.add(() -> readFile(space("reader"), file));
        ExecutorService threads = Executors.newFixedThreadPool(work.size());
        try {
            for (Future<Void> future : threads.invokeAll(work, 50, TimeUnit.SECONDS)) {
                future.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(checked).hasPositiveValue();
    }

    /** A thread that unmaps ranges and maps them again. */
    private Void churn(ProcessAddressSpace space) {
        Random random = new Random(seed);
        while (running()) {
            int first = random.nextInt(PAGES);
            long length = (1L + random.nextInt(PAGES - first)) << 12;
            long start = AT + ((long) first << 12);
            switch (random.nextInt(4)) {
                case 0 -> space.munmap(start, length);
                case 1 -> space.fork("child").close();
                default -> space.mmap(start, length, READ | WRITE, random.nextBoolean());
            }
        }
        space.close();
        return null;
    }

    /** A thread that writes to mapped pages, most often to pages in the TLB. */
    private Void writeAnywhere(Device device) {
        Random random = new Random(seed + 1);
        while (running()) {
            device.write(AT + ((long) random.nextInt(PAGES) << 12), 0xbad);
        }
        return null;
    }

    /** A process maps pages, writes to the pages, and finds that no other process has written there. */
    private Void keepOwn(ProcessAddressSpace space) {
        Device device = new Device(space, frames);
        for (long round = 1; running(); round++) {
            space.mmap(AT, 16L << 12, READ | WRITE, false);
            for (int pass = 0; pass < 4; pass++) {
                for (int page = 0; page < 16; page++) {
                    long address = AT + ((long) page << 12);
                    long found = device.read(address);
                    assertThat(found)
                            .as("seed %d: page %d in pass %d of round %d", seed, page, pass, round)
                            .isIn(pass == 0 ? 0L : round, -1L);
                    if (found >= 0) {
                        checked.incrementAndGet();
                    }
                    if (pass == 0 && !device.write(address, round)) {
                        space.munmap(address, 1 << 12);
                    }
                }
            }
            space.munmap(AT, 16L << 12);
        }
        space.close();
        return null;
    }

    /** A thread that reads a file larger than memory and checks the bytes of each page. */
    private Void readFile(ProcessAddressSpace space, Path file) throws Exception {
        Device device = new Device(space, frames);
        space.mmap(AT, (long) FILE_PAGES << 12, READ, false, file, 0);
        Random random = new Random(seed + 2);
        while (running()) {
            int page = random.nextInt(FILE_PAGES);
            assertThat(device.read(AT + ((long) page << 12)))
                    .as("seed %d: page %d of the file", seed, page)
                    .isIn(0xf11e_0000L + page, -1L);
        }
        space.close();
        return null;
    }
}
