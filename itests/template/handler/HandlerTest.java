package @PACKAGE@;

import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.tck.HandlerUnderTest;
import io.pgfault.tck.junit.HandlerConformance;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The conformance kit: one test for every rule that binds a handler. The kit reads the service properties from the
 * component description that the build makes of the annotations of {@link Handler}.
 */
class HandlerTest extends HandlerConformance {
    private static final long START = 0x10_0000;
    private static final Area AREA =
            new Area(START, START + 4096L * HandlerUnderTest.PAGES - 1, Permissions.READ, false, 0, "");

    @Override
    protected HandlerUnderTest open() {
        FaultHandler handler = new Handler(2);
        AddressSpace space = new OneArea();
        return new HandlerUnderTest() {
            @Override
            public FaultHandler handler() {
                return handler;
            }

            @Override
            public PageTable pageTable() {
                return space;
            }

            @Override
            public long granted() {
                return AREA.start();
            }

            @Override
            public OptionalLong refused() {
                return OptionalLong.of(AREA.start() - 4096);
            }

            @Override
            public void close() {
                // If your handler holds groups, answer these groups here.
            }
        };
    }

    /** An address space for tests: one area, pages without memory. */
    private static final class OneArea implements AddressSpace {
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
