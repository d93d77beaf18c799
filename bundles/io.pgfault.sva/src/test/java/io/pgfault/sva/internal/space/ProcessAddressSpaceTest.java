// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import static io.pgfault.api.Permissions.EXEC;
import static io.pgfault.api.Permissions.PRIV;
import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static io.pgfault.api.ResponseCode.INVALID;
import static io.pgfault.api.ResponseCode.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.sva.internal.frame.PageFrames;
import io.pgfault.sva.internal.memory.SystemMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProcessAddressSpaceTest {
    private static final long PRIVATE = 0x10000;
    private static final long SHARED = 0x20000;
    private static final long READ_ONLY = 0x30000;
    private static final long EXEC_ONLY = 0xffffffffff600000L;
    private static final long GUARD = 0x50000;
    private static final long TOP = -4096L;

    private final AddressSpace space = new ProcessAddressSpace(
            "a",
            List.of(
                    new Area(TOP, -1L, READ, false, 0, ""),
                    new Area(PRIVATE, PRIVATE + 0xffff, READ | WRITE | EXEC, false, 0, ""),
                    new Area(SHARED, SHARED + 0xfff, READ | WRITE, true, 0, ""),
                    new Area(READ_ONLY, READ_ONLY + 0xfff, READ | EXEC, false, 0, ""),
                    new Area(EXEC_ONLY, EXEC_ONLY + 0xfff, EXEC, false, 0, "[vsyscall]"),
                    new Area(GUARD, GUARD + 0xfff, 0, false, 0, "")),
            new SystemMemory());

    private int mapped(long address) {
        return Translation.permissions(space.walk(address));
    }

    @Test
    void s02_edgesOfAreas() {
        assertThat(space.populate(PRIVATE - 1, READ)).isEqualTo(INVALID);
        assertThat(space.populate(PRIVATE, READ)).isEqualTo(SUCCESS);
        assertThat(space.populate(READ_ONLY + 0xfff, READ)).isEqualTo(SUCCESS);
        assertThat(space.populate(READ_ONLY + 0x1000, READ)).isEqualTo(INVALID);
        assertThat(space.populate(0, READ)).isEqualTo(INVALID);
        assertThat(space.populate(-1L, READ)).isEqualTo(SUCCESS);
        assertThat(space.find(-1L)).map(Area::start).contains(TOP);
        assertThat(space.find(TOP - 1)).isEmpty();
        assertThat(space.areas())
                .extracting(Area::start)
                .containsExactly(PRIVATE, SHARED, READ_ONLY, GUARD, EXEC_ONLY, TOP);
    }

    @Test
    void s02_everyRequestedPermissionMustBeGranted() {
        assertThat(space.populate(READ_ONLY, WRITE)).isEqualTo(INVALID);
        assertThat(space.populate(READ_ONLY, READ | WRITE)).isEqualTo(INVALID);
        assertThat(space.populate(SHARED, EXEC)).isEqualTo(INVALID);
        assertThat(space.populate(EXEC_ONLY, READ)).isEqualTo(INVALID);
        assertThat(space.populate(GUARD, READ)).isEqualTo(INVALID);
        assertThat(space.populatedPages()).isZero();
        assertThat(space.populate(EXEC_ONLY, EXEC)).isEqualTo(SUCCESS);
        assertThat(mapped(EXEC_ONLY)).isEqualTo(EXEC);
    }

    @Test
    void s02_privilegedSaysHowTheAccessIsMadeAndIsNotAskedOfTheArea() {
        assertThat(space.populate(READ_ONLY, READ | PRIV)).isEqualTo(SUCCESS);
        assertThat(mapped(READ_ONLY)).isEqualTo(READ | EXEC);
        assertThat(space.populate(READ_ONLY, WRITE | PRIV)).isEqualTo(INVALID);
    }

    @Test
    void s02_requestWithoutPermissionsPopulatesAsARead() {
        assertThat(space.populate(PRIVATE, 0)).isEqualTo(SUCCESS);
        assertThat(mapped(PRIVATE)).isEqualTo(READ | EXEC);
        assertThat(space.populate(0x1000, 0)).isEqualTo(INVALID);
    }

    @Test
    void s02_aPageOfAnAreaThatGrantsNothingIsPopulatedAndTranslatesToNothing() {
        assertThat(space.populate(GUARD, 0)).isEqualTo(SUCCESS);
        assertThat(space.populatedPages()).isEqualTo(1);
        assertThat(space.walk(GUARD)).isEqualTo(Translation.NONE);
        assertThat(space.populate(GUARD, READ)).isEqualTo(INVALID);
    }

    @Test
    void s04_readOfAPrivateWritableAreaMapsWithoutWriteAndAWriteFaultsAgain() {
        assertThat(space.populate(PRIVATE, READ)).isEqualTo(SUCCESS);
        assertThat(mapped(PRIVATE)).isEqualTo(READ | EXEC);
        assertThat(Translation.grants(space.walk(PRIVATE), WRITE)).isFalse();

        assertThat(space.populate(PRIVATE, WRITE)).isEqualTo(SUCCESS);
        assertThat(mapped(PRIVATE)).isEqualTo(READ | WRITE | EXEC);
        assertThat(space.populatedPages()).isEqualTo(1);

        assertThat(space.populate(PRIVATE, READ)).isEqualTo(SUCCESS);
        assertThat(mapped(PRIVATE)).isEqualTo(READ | WRITE | EXEC);
    }

    @Test
    void s04_writesAndSharedAndReadOnlyAreasMapWithAllThatTheAreaGrants() {
        space.populate(PRIVATE, WRITE);
        space.populate(SHARED, READ);
        space.populate(READ_ONLY, READ);
        assertThat(mapped(PRIVATE)).isEqualTo(READ | WRITE | EXEC);
        assertThat(mapped(SHARED)).isEqualTo(READ | WRITE);
        assertThat(mapped(READ_ONLY)).isEqualTo(READ | EXEC);
    }

    @Test
    void s04_everyPageHasAFrameOfItsOwnInEveryAddressSpace() {
        SystemMemory frames = new SystemMemory();
        Area area = new Area(0, 0xfffff, READ | WRITE, true, 0, "");
        Set<Long> addresses = ConcurrentHashMap.newKeySet();
        for (String name : List.of("a", "b")) {
            AddressSpace one = new ProcessAddressSpace(name, List.of(area), frames);
            for (long address = 0; address <= 0xfffff; address += 0x1000) {
                one.populate(address, READ);
                addresses.add(Translation.address(one.walk(address + 5)));
            }
        }
        assertThat(addresses).hasSize(512).allMatch(address -> (address & 0xfff) == 0);
    }

    @Test
    void s05_groupsThatTouchTheSamePageResolveItOnce() throws Exception {
        int threads = 4;
        int pages = 20_000;
        SystemMemory frames = new SystemMemory();
        AddressSpace shared =
                new ProcessAddressSpace("shared", List.of(new Area(0, -1L, READ | WRITE, false, 0, "")), frames);
        CyclicBarrier start = new CyclicBarrier(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<long[]>> runs = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int access = t % 2 == 0 ? READ : WRITE;
                runs.add(pool.submit(() -> {
                    start.await();
                    long[] seen = new long[pages];
                    for (int i = 0; i < pages; i++) {
                        // Neighbours first, then pages that are far apart.
                        long address = i < pages / 2 ? i * 4096L : i * 0x9e3779b97f4a7c15L;
                        assertThat(shared.populate(address, access)).isEqualTo(SUCCESS);
                        long translation = shared.walk(address);
                        assertThat(Translation.grants(translation, access)).isTrue();
                        seen[i] = Translation.address(translation);
                    }
                    return seen;
                }));
            }
            long[] first = runs.get(0).get(60, TimeUnit.SECONDS);
            for (Future<long[]> run : runs) {
                assertThat(run.get(60, TimeUnit.SECONDS)).isEqualTo(first);
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(shared.populatedPages()).isEqualTo(pages);
        assertThat(frames.pageFrames().allocateRecorded()).isEqualTo(PageFrames.RECORDED + pages * 4096L);
    }

    @Test
    void s02_afterExitNothingIsMappedAndEveryFaultIsInvalid() {
        space.populate(PRIVATE, WRITE);
        space.close();
        space.close();
        assertThat(space.walk(PRIVATE)).isEqualTo(Translation.NONE);
        assertThat(space.populate(PRIVATE, READ)).isEqualTo(INVALID);
        assertThat(space.populatedPages()).isZero();
        assertThat(space.areas()).isEmpty();
    }

    @Test
    void s02_exitWhileFaultsAreResolvedLeavesNothingMapped() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            for (int round = 0; round < 200; round++) {
                AddressSpace dying = new ProcessAddressSpace(
                        "dying", List.of(new Area(0, -1L, READ, false, 0, "")), new SystemMemory());
                CyclicBarrier start = new CyclicBarrier(2);
                Future<Long> faults = pool.submit(() -> {
                    start.await();
                    long page = 0;
                    while (dying.populate(page << 12, READ) == SUCCESS) {
                        page++;
                    }
                    return page;
                });
                start.await();
                dying.close();
                long reached = faults.get(10, TimeUnit.SECONDS);
                for (long page = 0; page <= reached; page++) {
                    assertThat(dying.walk(page << 12)).isEqualTo(Translation.NONE);
                }
                assertThat(dying.populatedPages()).isZero();
            }
        } finally {
            pool.shutdownNow();
        }
    }
}
