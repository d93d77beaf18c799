// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.Area;
import io.pgfault.sva.internal.memory.SystemMemory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.RepeatedTest;

/** The address space against a plain map of pages and a plain list of areas. */
class AddressSpaceModelTest {
    private static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @RepeatedTest(60)
    void s02_s04_behavesLikeAMapOfPages() {
        List<Area> areas = randomAreas();
        ProcessAddressSpace space = new ProcessAddressSpace("model", areas, new SystemMemory());
        Map<Long, Integer> model = new HashMap<>();
        Map<Long, Long> frames = new HashMap<>();
        for (int step = 0; step < 3_000; step++) {
            long address = randomAddress(areas, model);
            int permissions = random.nextInt(16);
            String what = "seed %d step %d: %x %s".formatted(seed, step, address, Permissions.toString(permissions));

            assertThat(space.populate(address, permissions))
                    .as(what)
                    .isEqualTo(populate(areas, model, address, permissions));

            long translation = space.walk(address);
            int expected = model.getOrDefault(address >>> 12, 0);
            assertThat(Translation.permissions(translation)).as(what).isEqualTo(expected);
            if (expected != 0) {
                frames.putIfAbsent(address >>> 12, Translation.address(translation));
            }
        }
        assertThat(space.populatedPages()).as("seed %d", seed).isEqualTo(model.size());
        model.forEach((page, permissions) -> {
            long translation = space.walk(page << 12);
            assertThat(Translation.permissions(translation))
                    .as("seed %d page %x", seed, page)
                    .isEqualTo(permissions);
            assertThat(Translation.address(translation))
                    .as("seed %d frame of page %x", seed, page)
                    .isEqualTo(frames.getOrDefault(page, 0L));
        });
        assertThat(frames.values()).as("seed %d", seed).doesNotHaveDuplicates();
    }

    private static ResponseCode populate(List<Area> areas, Map<Long, Integer> model, long address, int permissions) {
        int access = permissions & ACCESS;
        for (Area area : areas) {
            if (area.contains(address)) {
                if ((area.permissions() | access) != area.permissions()) {
                    return ResponseCode.INVALID;
                }
                boolean writable = area.shared() || (access & Permissions.WRITE) != 0;
                int mapped = writable ? area.permissions() : area.permissions() & ~Permissions.WRITE;
                model.merge(address >>> 12, mapped, (old, added) -> old | added);
                return ResponseCode.SUCCESS;
            }
        }
        return ResponseCode.INVALID;
    }

    /** Areas between random page borders, some next to each other, some huge, in no order. */
    private List<Area> randomAreas() {
        TreeSet<Long> borders = new TreeSet<>(Long::compareUnsigned);
        long base = random.nextLong();
        for (int i = 0; i < 24; i++) {
            long border = random.nextBoolean() ? random.nextLong() : base + random.nextInt(1 << 24);
            borders.add(border & -4096L);
        }
        List<Area> areas = new ArrayList<>();
        Long start = null;
        for (Long border : borders) {
            if (start != null && random.nextInt(4) != 0) {
                areas.add(new Area(start, border - 1, random.nextInt(8), random.nextBoolean(), 0, ""));
            }
            start = border;
        }
        if (start != null && random.nextBoolean()) {
            areas.add(new Area(start, -1L, random.nextInt(8), random.nextBoolean(), 0, ""));
        }
        Collections.shuffle(areas, random);
        return areas;
    }

    /** Anywhere, near a page that is mapped, or around an edge of an area. */
    private long randomAddress(List<Area> areas, Map<Long, Integer> model) {
        int where = random.nextInt(4);
        if (where == 0 || areas.isEmpty()) {
            return random.nextLong();
        }
        if (where == 1 && !model.isEmpty()) {
            return (model.keySet().iterator().next() << 12) + random.nextInt(1 << 21);
        }
        Area area = areas.get(random.nextInt(areas.size()));
        long edge = random.nextBoolean() ? area.start() : area.last();
        return edge + random.nextInt(1 << 20) - (1 << 19);
    }
}
