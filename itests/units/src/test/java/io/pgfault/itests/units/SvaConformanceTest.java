// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Sva;
import io.pgfault.sva.internal.bind.SvaHandler;
import io.pgfault.tck.HandlerUnderTest;
import io.pgfault.tck.junit.HandlerConformance;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;

/** The SVA handler keeps what the kit asks of every handler. */
class SvaConformanceTest extends HandlerConformance {
    private static final long GRANTED = 0x7f00_0000_0000L;
    private static final long REFUSED = 0x6f00_0000_0000L;

    @Override
    protected HandlerUnderTest open() {
        StartedCore core = new StartedCore(Duration.ofSeconds(10));
        AddressSpace space = Memory.sva(core.faults()).create("conformance");
        space.mmap(GRANTED, HandlerUnderTest.PAGES * 4096L, Permissions.READ, false);
        FaultHandler handler = new SvaHandler();
        return new HandlerUnderTest() {
            @Override
            public FaultHandler handler() {
                return handler;
            }

            @Override
            public Map<String, ?> properties() {
                return Map.of(FaultHandler.DOMAIN_KIND, Sva.DOMAIN_KIND, "service.ranking", 0);
            }

            @Override
            public PageTable pageTable() {
                return space;
            }

            @Override
            public long granted() {
                return GRANTED;
            }

            @Override
            public OptionalLong refused() {
                return OptionalLong.of(REFUSED);
            }

            @Override
            public void close() {
                space.close();
                core.close();
            }
        };
    }
}
