// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A handler of kind {@code sva} for the kit, with an address space of its own: one area of {@value
 * HandlerUnderTest#PAGES} pages that may be read, and pages without bytes. Any thread. A handler that ends needs a
 * subclass with a {@link #close}.
 */
public class SvaHandlerUnderTest implements HandlerUnderTest {
    private static final long START = 0x10_0000;
    private static final long PAGE = 1L << Translation.PAGE_SHIFT;
    private static final Area AREA = new Area(START, START + PAGE * PAGES - 1, Permissions.READ, false, 0, "");

    private final FaultHandler handler;
    private final AddressSpace space = new OneArea();

    /**
     * A subject with an address space of which no page is populated.
     *
     * @param handler a handler that works
     */
    public SvaHandlerUnderTest(FaultHandler handler) {
        this.handler = handler;
    }

    @Override
    public final FaultHandler handler() {
        return handler;
    }

    @Override
    public final PageTable pageTable() {
        return space;
    }

    @Override
    public final long granted() {
        return AREA.start();
    }

    /** The page before the area. */
    @Override
    public final OptionalLong refused() {
        return OptionalLong.of(AREA.start() - PAGE);
    }

    /** Does nothing: a handler without threads and without groups of its own needs no end. */
    @Override
    public void close() {}

    private static final class OneArea implements AddressSpace {
        /** The numbers of the populated pages. Any thread. */
        private final Set<Long> pages = ConcurrentHashMap.newKeySet();

        @Override
        public ResponseCode populate(long address, int permissions) {
            if (!AREA.contains(address) || (permissions & ~AREA.permissions()) != 0) {
                return ResponseCode.INVALID;
            }
            pages.add(address >>> Translation.PAGE_SHIFT);
            return ResponseCode.SUCCESS;
        }

        @Override
        public long walk(long address) {
            return pages.contains(address >>> Translation.PAGE_SHIFT)
                    ? Translation.of(address, Permissions.READ)
                    : Translation.NONE;
        }

        @Override
        public String name() {
            return "one area";
        }

        @Override
        public List<Area> areas() {
            return List.of(AREA);
        }

        @Override
        public Optional<Area> find(long address) {
            return AREA.contains(address) ? Optional.of(AREA) : Optional.empty();
        }

        @Override
        public long populatedPages() {
            return pages.size();
        }

        @Override
        public void close() {}
    }
}
