// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Completion.Status;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.sva.internal.bind.SvaHandler;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Rule S06 from end to end, with bytes: a DMA engine fills, copies and reads one process's memory through its own
 * translations, some of its transfers slowly, while that memory is unmapped, mapped again and protected, and while
 * frames are so few that pages of files are reclaimed all the time. Frames go from hand to hand; a byte that arrives
 * through a translation that is no more lands in a page of a program that checks every byte of the page.
 */
@Timeout(120)
class StaleDmaTest {
    private static final int PAGE = Translation.PAGE_SIZE;
    private static final int READ_WRITE = Permissions.READ | Permissions.WRITE;

    /** What the victim's memory is filled with: eight bytes that no other thread writes. */
    private static final long STALE = 0xbadbadbadbadbad0L;

    private static final long AT = 0x7000_0000_0000L;
    private static final int VICTIM_PAGES = 48;
    private static final int OWN_PAGES = 24;
    private static final int FILE_PAGES = 256;
    private static final int FRAMES = 192;
    private static final long RUN_NANOS = TimeUnit.MILLISECONDS.toNanos(Boolean.getBoolean("soak") ? 30_000 : 1_500);

    @TempDir
    private Path folder;

    private final long seed = System.nanoTime();
    private final long end = System.nanoTime() + RUN_NANOS;
    private final AtomicLong checked = new AtomicLong();
    private final AtomicLong written = new AtomicLong();
    private final AtomicBoolean failed = new AtomicBoolean();

    private boolean running() {
        return System.nanoTime() - end < 0 && !failed.get();
    }

    @ParameterizedTest
    @EnumSource
    void s06_noByteArrivesThroughATranslationThatIsNoMore(Way way) throws Exception {
        try (StartedCore core = new StartedCore(Duration.ofSeconds(30));
                RunningUnit unit = way.open(core.faults(), "unit");
                Crew crew = new Crew()) {
            core.serve(Sva.DOMAIN_KIND, true, new SvaHandler());
            Memory memory = Memory.of(core.faults(), FRAMES);
            int groupSize = way == Way.SMMUV3_STALL ? 1 : 4;
            try (AddressSpace victim = memory.sva().create("victim", way.format());
                    AddressSpace owner = memory.sva().create("owner", way.format());
                    AddressSpace reader = memory.sva().create("reader", way.format());
                    TestDevice writing = way.device(unit.unit(), "writing", 1);
                    TestDevice owning = way.device(unit.unit(), "owning", 2);
                    TestDevice reading = way.device(unit.unit(), "reading", 3);
                    Binding first = memory.sva().bind(writing.device(), victim);
                    Binding second = memory.sva().bind(owning.device(), owner);
                    Binding third = memory.sva().bind(reading.device(), reader)) {
                writing.startDma(new SlowBus(memory.physical()), first.pasid(), 3, groupSize);
                owning.startDma(memory.physical(), second.pasid(), 1, groupSize);
                reading.startDma(memory.physical(), third.pasid(), 2, groupSize);
                reader.mmap(AT, (long) FILE_PAGES * PAGE, Permissions.READ, false, file(), 0);
                crew.start(() -> guarded(() -> churn(victim)));
                crew.start(() -> guarded(() -> write(writing)));
                crew.start(() -> guarded(() -> own(owner, owning)));
                crew.start(() -> guarded(() -> read(reading)));
                crew.join(60);
                assertThat(writing.unexpected() + owning.unexpected() + reading.unexpected())
                        .isZero();
            }
            assertThat(memory.physical().framesInUse()).isZero();
            assertThat(checked).as("pages checked").hasPositiveValue();
            assertThat(written).as("stale bytes on their way").hasPositiveValue();
        }
    }

    /** One part of the test. */
    private interface Part {
        void run() throws Exception;
    }

    private Void guarded(Part part) throws Exception {
        boolean done = false;
        try {
            part.run();
            done = true;
        } finally {
            failed.compareAndSet(false, !done);
        }
        return null;
    }

    /** Every page of it is filled with its own number. */
    private Path file() throws Exception {
        ByteBuffer contents = ByteBuffer.allocate(FILE_PAGES * PAGE);
        for (int i = 0; i < contents.capacity(); i += Long.BYTES) {
            contents.putLong(i, i / PAGE);
        }
        return Files.write(folder.resolve("file"), contents.array());
    }

    /** Takes the victim's memory away, gives it new one, and forbids and permits writing. */
    private void churn(AddressSpace victim) {
        Random random = new Random(seed);
        while (running()) {
            int first = random.nextInt(VICTIM_PAGES);
            long length = (1L + random.nextInt(VICTIM_PAGES - first)) * PAGE;
            long start = AT + (long) first * PAGE;
            switch (random.nextInt(4)) {
                case 0 -> victim.munmap(start, length);
                case 1 -> {
                    victim.mmap(start, length, READ_WRITE, false);
                    victim.mprotect(start, length, Permissions.READ);
                }
                default -> victim.mmap(start, length, READ_WRITE, random.nextBoolean());
            }
        }
    }

    /** Writes to the victim's memory, as much of it as is there. */
    private void write(TestDevice device) throws InterruptedException {
        Random random = new Random(seed + 1);
        while (running()) {
            List<Descriptor> batch = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                int page = random.nextInt(VICTIM_PAGES);
                long at = AT + (long) page * PAGE;
                int pages = 1 + random.nextInt(VICTIM_PAGES - page);
                batch.add(
                        random.nextInt(3) > 0
                                ? Descriptor.fill(at, (long) pages * PAGE, STALE)
                                : Descriptor.copy(at, AT + (long) (VICTIM_PAGES - 1) * PAGE - (at - AT), PAGE));
            }
            for (Completion completion : device.execute(batch)) {
                assertThat(completion.status()).isIn(Status.SUCCESS, Status.INVALID);
                written.addAndGet(completion.bytes());
            }
        }
    }

    /** Maps memory, finds it zero, fills it, and finds it unchanged. */
    private void own(AddressSpace owner, TestDevice device) throws InterruptedException {
        for (long round = 1; running(); round++) {
            owner.mmap(AT, (long) OWN_PAGES * PAGE, READ_WRITE, false);
            for (int page = 0; page < OWN_PAGES; page++) {
                long address = AT + (long) page * PAGE;
                equal(device, address, PAGE, 0, "page %d of round %d when it is new".formatted(page, round));
                Completion filled = device.execute(List.of(Descriptor.fill(address, PAGE, round)))
                        .get(0);
                if (filled.status() != Status.SUCCESS) {
                    owner.munmap(address, PAGE);
                }
            }
            for (int page = 0; page < OWN_PAGES; page++) {
                long address = AT + (long) page * PAGE;
                equal(device, address, PAGE, round, "page %d of round %d".formatted(page, round));
            }
            owner.munmap(AT, (long) OWN_PAGES * PAGE);
        }
    }

    /** Reads a file larger than memory and finds its pages to be what they are. */
    private void read(TestDevice device) throws InterruptedException {
        Random random = new Random(seed + 2);
        while (running()) {
            int page = random.nextInt(FILE_PAGES);
            long expected = Long.reverseBytes(page);
            equal(device, AT + (long) page * PAGE, PAGE, expected, "page %d of the file".formatted(page));
        }
    }

    /** Checks every byte by the engine's own checksum. A page that could not be had says nothing. */
    private void equal(TestDevice device, long address, int length, long pattern, String what)
            throws InterruptedException {
        Completion found =
                device.execute(List.of(Descriptor.crc32c(address, length))).get(0);
        if (found.status() == Status.SUCCESS) {
            assertThat(found.result()).as("seed %d: %s", seed, what).isEqualTo(Pattern.crc32c(pattern, length));
            checked.incrementAndGet();
        } else {
            assertThat(found.status()).isEqualTo(Status.INVALID);
        }
    }
}
