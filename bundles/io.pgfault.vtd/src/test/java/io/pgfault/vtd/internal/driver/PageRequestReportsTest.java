// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver;

import static io.pgfault.vtd.internal.driver.DriverFixture.KNOWN;
import static io.pgfault.vtd.internal.driver.DriverFixture.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.tck.core.Reported;
import io.pgfault.vtd.internal.RecordingDevice.Response;
import org.junit.jupiter.api.Test;

/** Descriptors are written as numbers: word 0 and word 1 as the rules lay them out. */
class PageRequestReportsTest {
    private static final long ID = ((long) KNOWN << 16) | 1;
    private static final long OTHER = ((long) UNKNOWN << 16) | 1;
    private static final long PASID_7 = (7L << 32) | (1 << 8);
    private static final long EXEC = 1L << 52;
    private static final long PRIV = 1L << 53;
    private static final long READ = 1;
    private static final long WRITE = 2;
    private static final long LAST = 4;
    private static final long GROUP_5 = 5 << 3;
    private static final long PAGE = 0x7fff_0000_1000L;
    private static final long NOT_CANONICAL = 0x0000_8000_0000_0000L;

    private final DriverFixture unit = new DriverFixture();

    @Test
    void v05_addressNotCanonical_isNotReportedAndInvalidAtLast() {
        for (long address : new long[] {NOT_CANONICAL, 0xffff_7fff_ffff_f000L, 0x4000_0000_0000_0000L}) {
            assertRefused(ID | PASID_7, address | READ);
        }
    }

    @Test
    void v05_width_isWhatTheUnitIsConfiguredFor() {
        DriverFixture fiveLevel = new DriverFixture(57, registers -> registers);
        fiveLevel.feed(ID, NOT_CANONICAL | GROUP_5 | READ | LAST, 0, 0);
        assertThat(fiveLevel.faults.reported()).hasSize(1);
        fiveLevel.feed(ID, 0x0100_0000_0000_0000L | GROUP_5 | READ | LAST, 0, 0);
        assertThat(fiveLevel.faults.reported()).hasSize(1);
        assertThat(fiveLevel.known.responses)
                .containsExactly(new Response(Pasid.NONE, 5, 0), new Response(Pasid.NONE, 5, 1));
    }

    @Test
    void v05_privilegedWithReadOrWrite_isNotReportedAndInvalidAtLast() {
        assertRefused(ID | PASID_7 | PRIV, PAGE | READ);
        assertRefused(ID | PASID_7 | PRIV, PAGE | WRITE);
        assertRefused(ID | PASID_7 | PRIV | EXEC, PAGE | READ | WRITE);
    }

    @Test
    void v05_executeWithRead_isNotReportedAndInvalidAtLast() {
        assertRefused(ID | PASID_7 | EXEC, PAGE | READ);
        assertRefused(ID | PASID_7 | EXEC, PAGE | READ | WRITE);
    }

    @Test
    void v05_refusedLast_dropsThePartialsOfItsGroup() {
        unit.feed(ID | PASID_7, PAGE | GROUP_5 | READ, 0, 0);
        unit.feed(ID | PASID_7, PAGE | (6 << 3) | READ, 0, 0);
        assertThat(unit.faults.partials(unit.device)).isEqualTo(2);
        unit.feed(ID | PASID_7 | EXEC, PAGE | GROUP_5 | READ | LAST, 0, 0);
        assertThat(unit.faults.partials(unit.device)).isEqualTo(1);
        assertThat(unit.known.responses).containsExactly(new Response(7, 5, 1));
    }

    @Test
    void v05_refusedPartial_poisonsItsGroup() {
        unit.feed(ID | PASID_7, NOT_CANONICAL | GROUP_5 | READ, 0, 0);
        assertThat(unit.known.responses).isEmpty();
        unit.feed(ID | PASID_7, PAGE | GROUP_5 | READ | LAST, 0, 0);
        unit.feed(ID | PASID_7, PAGE | GROUP_5 | READ | LAST, 0, 0);
        assertThat(unit.known.responses).containsExactly(new Response(7, 5, 1), new Response(7, 5, 0));
    }

    @Test
    void v05_unknownRequesterId_isAnsweredDirectlyAndPoisonsNothing() {
        unit.feed(OTHER | PASID_7, PAGE | GROUP_5 | READ, 0, 0);
        assertThat(unit.unknown.responses).isEmpty();
        unit.feed(OTHER | PASID_7, PAGE | GROUP_5 | READ | LAST, 0, 0);
        unit.feed(OTHER, PAGE | GROUP_5 | WRITE | LAST, 0, 0);
        unit.feed(OTHER, NOT_CANONICAL | GROUP_5 | WRITE | LAST, 0, 0);
        assertThat(unit.unknown.responses)
                .containsExactly(new Response(7, 5, 1), new Response(Pasid.NONE, 5, 1), new Response(Pasid.NONE, 5, 1));
        assertThat(unit.faults.reported()).isEmpty();
        assertThat(unit.queue.counters().get(Counter.BAD_REQUESTS)).isEqualTo(4);
        assertThat(unit.device.counters().get(Counter.BAD_REQUESTS)).isZero();
    }

    @Test
    void v05_refusedRequest_isAnsweredWithItsPrivateData() throws Exception {
        assertAnsweredWithPrivateData(OTHER | (1 << 9), PAGE | GROUP_5 | READ | LAST);
        assertAnsweredWithPrivateData(ID | (1 << 9), NOT_CANONICAL | GROUP_5 | READ | LAST);
    }

    @Test
    void v05_typeAndReservedBits_areNotLookedAt() {
        for (int bit = 0; bit < 64; bit++) {
            if (bit < 8 || (bit >= 10 && bit <= 15) || bit >= 54) {
                unit.feed((ID | PASID_7) ^ (1L << bit), PAGE | GROUP_5 | READ | LAST, 0, 0);
            }
        }
        assertThat(unit.faults.reported()).hasSize(8 + 6 + 10);
        assertThat(unit.known.responses).hasSize(24).containsOnly(new Response(7, 5, 0));
    }

    @Test
    void v06_stopMarker_isDroppedAndCountedAndNeverAnswered() {
        unit.feed(ID | PASID_7, GROUP_5 | LAST, 0, 0);
        unit.feed(ID | PASID_7 | EXEC | PRIV, PAGE | GROUP_5 | LAST, 0, 0);
        unit.feed(ID, PAGE | LAST, 0, 0);
        assertThat(unit.device.counters().get(Counter.STOP_MARKERS)).isEqualTo(3);
        unit.feed(OTHER | PASID_7, PAGE | LAST, 0, 0);
        assertThat(unit.count(Counter.STOP_MARKERS)).as("of both devices").isEqualTo(4);
        assertThat(unit.known.responses).isEmpty();
        assertThat(unit.unknown.responses).isEmpty();
        assertThat(unit.faults.reported()).isEmpty();
        assertThat(unit.count(Counter.BAD_REQUESTS)).isZero();
    }

    @Test
    void v06_stopMarker_comesAfterTheAddressCheck() {
        unit.feed(ID | PASID_7, NOT_CANONICAL | GROUP_5 | LAST, 0, 0);
        assertThat(unit.known.responses).containsExactly(new Response(7, 5, 1));
        assertThat(unit.count(Counter.STOP_MARKERS)).isZero();
    }

    @Test
    void v07_everyCombinationThatPasses_isReportedAsItIs() {
        int reported = 0;
        for (int bits = 0; bits < 128; bits++) {
            boolean read = (bits & 1) != 0;
            boolean write = (bits & 2) != 0;
            boolean exec = (bits & 4) != 0;
            boolean priv = (bits & 8) != 0;
            boolean last = (bits & 16) != 0;
            boolean pasid = (bits & 32) != 0;
            boolean data = (bits & 64) != 0;
            if ((priv && (read || write)) || (exec && read) || (last && !read && !write)) {
                continue;
            }
            unit.feed(
                    ID | (pasid ? PASID_7 : 7L << 32) | (exec ? EXEC : 0) | (priv ? PRIV : 0) | (data ? 1 << 9 : 0),
                    PAGE | GROUP_5 | (read ? READ : 0) | (write ? WRITE : 0) | (last ? LAST : 0),
                    0x1111,
                    0x2222);
            assertThat(unit.faults.reported()).hasSize(++reported);
            assertThat(unit.faults.reported().get(reported - 1))
                    .isEqualTo(new Reported(
                            unit.device,
                            new PageRequest(
                                    (pasid ? 0b101 : 0) | (last ? 0b010 : 0),
                                    7,
                                    5,
                                    bits & 0xf,
                                    PAGE,
                                    data ? 0x1111 : 0,
                                    data ? 0x2222 : 0)));
        }
        assertThat(reported).isGreaterThan(20);
    }

    @Test
    void v09_codesReachTheWire() {
        ResponseCode[] codes = {ResponseCode.SUCCESS, ResponseCode.INVALID, ResponseCode.FAILURE};
        int[] wire = {0x0, 0x1, 0xf};
        for (int i = 0; i < 3; i++) {
            ResponseCode code = codes[i];
            unit.faults.answers(request -> code);
            unit.feed(ID, PAGE | GROUP_5 | READ | LAST, 0, 0);
            assertThat(unit.known.responses.get(i)).isEqualTo(new Response(Pasid.NONE, 5, wire[i]));
        }
    }

    private void assertAnsweredWithPrivateData(long word0, long word1) throws Exception {
        long[] words = new long[4];
        AutoCloseable tap = unit.hardware.tap((record, code) -> {
            for (int i = 0; i < 4; i++) {
                words[i] = record.getLong();
            }
        });
        unit.feed(word0, word1, 0x1234, 0x5678);
        tap.close();
        assertThat(words).containsExactly((word0 & 0xffff_0000L) | 0x1009, GROUP_5, 0x1234, 0x5678);
    }

    /** Refused as partial and as last, of known and unknown devices alike. */
    private void assertRefused(long word0, long word1) {
        int answered = unit.known.responses.size();
        long bad = unit.count(Counter.BAD_REQUESTS);
        unit.feed(word0, word1 | GROUP_5, 0, 0);
        assertThat(unit.known.responses).hasSize(answered);
        unit.feed(word0, word1 | GROUP_5 | LAST, 0, 0);
        assertThat(unit.known.responses).hasSize(answered + 1).endsWith(new Response(7, 5, 1));
        assertThat(unit.count(Counter.BAD_REQUESTS)).isEqualTo(bad + 2);
        assertThat(unit.faults.reported()).isEmpty();
    }
}
