// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Permissions;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.sva.internal.memory.SystemMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/**
 * Address spaces with memory against plain maps from pages to arrays of bytes: random changes, forks, reads and writes.
 */
class MemoryModelTest {
    private static final int PAGES = 48;
    private static final long PAGE = Translation.PAGE_SIZE;
    private static final long AT = 0x1234_5000_0000L;

    /**
     * A mapped page of the model: its bytes, which all processes that share the page share too, and its permissions.
     */
    private record Page(ByteBuffer bytes, int permissions, boolean shared) {
        Page with(int granted) {
            return new Page(bytes, granted, shared);
        }

        Page forked() {
            return shared ? this : new Page(ByteBuffer.allocate(4096).put(0, bytes, 0, 4096), permissions, false);
        }
    }

    private record Modelled(ProcessAddressSpace space, SpaceMemory memory, List<Page> model) {}

    @TempDir
    private Path folder;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final SystemMemory frames = new SystemMemory(400);

    @RepeatedTest(30)
    void s02_s04_behavesLikeMapsOfPages() throws IOException {
        byte[][] contents = new byte[16][4096];
        byte[] all = new byte[16 * 4096];
        for (int page = 0; page < 16; page++) {
            random.nextBytes(contents[page]);
            System.arraycopy(contents[page], 0, all, page * 4096, 4096);
        }
        Path file = Files.write(folder.resolve("file"), all);
        List<Modelled> processes = new ArrayList<>();
        processes.add(process("p0", new RootedAddressSpace("p0", TableFormat.X86_FOUR_LEVELS, frames), unmapped()));
        // The first file is mapped private and never written. The second is mapped shared, by writers only.
        Path written = Files.write(folder.resolve("written"), all);
        byte[][] shared = new byte[16][];
        for (int page = 0; page < 16; page++) {
            shared[page] = contents[page].clone();
        }
        for (int step = 0; step < 4_000; step++) {
            Modelled p = processes.get(random.nextInt(processes.size()));
            int first = random.nextInt(PAGES);
            int count = 1 + random.nextInt(Math.min(8, PAGES - first));
            long start = AT + first * PAGE;
            int permissions = random.nextInt(4);
            String what = "seed %d step %d of %s page %d"
                    .formatted(seed, step, p.space().name(), first);
            switch (random.nextInt(60)) {
                case 0, 1 -> {
                    p.space().munmap(start, count * PAGE);
                    for (int i = first; i < first + count; i++) {
                        p.model().set(i, null);
                    }
                }
                case 2 -> {
                    boolean isShared = random.nextBoolean();
                    p.space().mmap(start, count * PAGE, permissions, isShared);
                    for (int i = first; i < first + count; i++) {
                        p.model().set(i, new Page(ByteBuffer.allocate(4096), permissions, isShared));
                    }
                }
                case 3 -> {
                    int offset = random.nextInt(17 - count);
                    p.space().mmap(start, count * PAGE, permissions, false, file, offset * PAGE);
                    for (int i = 0; i < count; i++) {
                        p.model()
                                .set(
                                        first + i,
                                        new Page(ByteBuffer.wrap(contents[offset + i].clone()), permissions, false));
                    }
                }
                case 4 -> {
                    int offset = random.nextInt(17 - count);
                    int granted = Permissions.READ | Permissions.WRITE;
                    p.space().mmap(start, count * PAGE, granted, true, written, offset * PAGE);
                    for (int i = 0; i < count; i++) {
                        p.model().set(first + i, new Page(ByteBuffer.wrap(shared[offset + i]), granted, true));
                    }
                }
                case 5 -> protect(p, first, count, permissions);
                case 6 -> {
                    if (processes.size() < 4) {
                        String name = "p" + processes.size();
                        List<Page> forked = new ArrayList<>(p.model());
                        forked.replaceAll(page -> page == null ? null : page.forked());
                        processes.add(
                                process(name, (ProcessAddressSpace) p.space().fork(name), forked));
                    }
                }
                default -> access(p, start + random.nextInt(4096), what);
            }
        }
        for (Modelled p : processes) {
            for (int i = 0; i < PAGES; i++) {
                for (int offset : new int[] {0, 1, 2047, 4095}) {
                    read(
                            p,
                            AT + i * PAGE + offset,
                            "seed %d end of %s page %d"
                                    .formatted(seed, p.space().name(), i));
                }
            }
        }
        processes.forEach(p -> p.space().close());
        assertThat(frames.framesInUse()).as("seed %d", seed).isZero();
        assertThat(Files.readAllBytes(file)).as("seed %d", seed).isEqualTo(all);
        byte[] reached = Files.readAllBytes(written);
        for (int page = 0; page < 16; page++) {
            for (int i = 0; i < 4096; i++) {
                if (reached[page * 4096 + i] != shared[page][i]) {
                    throw new AssertionError("seed %d: byte %d of page %d was not written".formatted(seed, i, page));
                }
            }
        }
    }

    private Modelled process(String name, ProcessAddressSpace space, List<Page> model) {
        assertThat(space.name()).isEqualTo(name);
        return new Modelled(space, new SpaceMemory(space, frames), model);
    }

    private static List<Page> unmapped() {
        return new ArrayList<>(Collections.nCopies(PAGES, null));
    }

    private static void protect(Modelled p, int first, int count, int permissions) {
        boolean covered = true;
        for (int i = first; i < first + count; i++) {
            covered &= p.model().get(i) != null;
        }
        try {
            p.space().mprotect(AT + first * PAGE, count * PAGE, permissions);
        } catch (IllegalArgumentException e) {
            assertThat(covered).as(e.getMessage()).isFalse();
            return;
        }
        assertThat(covered).isTrue();
        for (int i = first; i < first + count; i++) {
            p.model().set(i, p.model().get(i).with(permissions));
        }
    }

    private void access(Modelled p, long address, String what) {
        if (random.nextBoolean()) {
            read(p, address, what);
            return;
        }
        Page page = p.model().get((int) ((address - AT) / PAGE));
        boolean granted = page != null && (page.permissions() & Permissions.WRITE) != 0;
        int value = random.nextInt(256);
        assertThat(p.memory().write(address, value)).as(what).isEqualTo(granted);
        if (granted) {
            page.bytes().put((int) (address & 0xfff), (byte) value);
        }
    }

    private static void read(Modelled p, long address, String what) {
        Page page = p.model().get((int) ((address - AT) / PAGE));
        boolean granted = page != null && (page.permissions() & Permissions.READ) != 0;
        int expected = granted ? page.bytes().get((int) (address & 0xfff)) & 0xff : -1;
        assertThat(p.memory().read(address)).as(what).isEqualTo(expected);
    }
}
