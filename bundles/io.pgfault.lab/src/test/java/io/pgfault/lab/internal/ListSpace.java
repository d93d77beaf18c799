// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.TouchedPages;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** An address space for tests: areas, pages without memory, marks of touched pages. */
final class ListSpace implements AddressSpace {
    private static final int ALL = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    private final List<Area> areas;
    private final Map<Long, Integer> pages = new ConcurrentHashMap<>();
    private final Map<Long, Boolean> touched = new ConcurrentHashMap<>();

    ListSpace(List<Area> areas) {
        this.areas = areas;
    }

    /** An area of {@code pages} pages that grants everything, from page {@code first}. */
    static Area area(long first, long pages) {
        return area(first, pages, ALL);
    }

    static Area area(long first, long pages, int permissions) {
        return new Area(first << 12, ((first + pages) << 12) - 1, permissions, true, 0, "");
    }

    @Override
    public ResponseCode populate(long address, int permissions) {
        Optional<Area> area = find(address);
        if (area.isEmpty() || (permissions & ~area.get().permissions()) != 0) {
            return ResponseCode.INVALID;
        }
        pages.put(address >>> 12, area.get().permissions());
        return ResponseCode.SUCCESS;
    }

    @Override
    public long walk(long address) {
        Integer granted = pages.get(address >>> 12);
        if (granted == null) {
            return Translation.NONE;
        }
        touched.put(address >>> 12, true);
        return Translation.of(address, granted);
    }

    @Override
    public boolean isResident(long address, int permissions) {
        Integer granted = pages.get(address >>> 12);
        return granted != null && (permissions & ~granted) == 0;
    }

    @Override
    public void touched(long address, long length, TouchedPages found) {
        for (long page : new TreeSet<>(touched.keySet())) {
            if (page >= address >>> 12 && page <= (address + length - 1) >>> 12) {
                found.touched(page << 12);
            }
        }
    }

    @Override
    public void clearTouched(long address, long length) {
        touched.keySet().removeIf(page -> page >= address >>> 12 && page <= (address + length - 1) >>> 12);
    }

    @Override
    public String name() {
        return "list";
    }

    @Override
    public List<Area> areas() {
        return areas;
    }

    @Override
    public Optional<Area> find(long address) {
        return areas.stream().filter(area -> area.contains(address)).findFirst();
    }

    @Override
    public long populatedPages() {
        return pages.size();
    }

    @Override
    public void close() {
        pages.clear();
    }
}
