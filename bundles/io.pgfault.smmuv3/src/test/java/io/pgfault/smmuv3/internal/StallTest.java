// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import static io.pgfault.smmuv3.internal.Fixture.raw;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.Fixture.Tapped;
import io.pgfault.smmuv3.internal.RecordingDevice.Resumed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Events: rules A01 to A04. Raw records are words written by hand from IHI 0070 F.b §7.3. */
class StallTest {
    private static final int STREAM = 0x8000_0001;
    private static final long STREAM_WORD = 0x8000_0001_0000_0000L;
    private static final long STALL = 1L << 31;
    private static final long READ = 1L << 35;
    private static final long IN = 2L << 40;

    private Fixture smmu;
    private RecordingDevice device;
    private Upstream upstream;

    @BeforeEach
    void connect() {
        smmu = new Fixture();
        device = new RecordingDevice();
        upstream = smmu.unit.connect("dma0", STREAM, device);
    }

    @AfterEach
    void close() {
        smmu.close();
    }

    private void feedEvent(long word0, long word1, long address) throws InterruptedException {
        assertThat(smmu.ring("evtq").offer(raw(word0, word1, address, 0))).isTrue();
        smmu.unit.drain();
    }

    private PageRequest only() {
        assertThat(smmu.faults.requests()).hasSize(1);
        return smmu.faults.requests().get(0);
    }

    @ParameterizedTest
    @ValueSource(longs = {0x10, 0x11, 0x12, 0x13})
    void a01_stalledEventIsAGroupOfOneNamedByItsTag(long eventId) throws Exception {
        feedEvent(STREAM_WORD | eventId, STALL | IN | READ | 0xfffe, 0xdead_beef_cafeL);

        PageRequest request = only();
        assertThat(request.flags()).isEqualTo(PageRequest.LAST_PAGE);
        assertThat(request.groupId()).isEqualTo(0xfffe);
        assertThat(request.address()).isEqualTo(0xdead_beef_cafeL);
        assertThat(request.permissions()).isEqualTo(Permissions.READ);
        assertThat(smmu.faults.reported().get(0).device()).isSameAs(upstream.device());
    }

    @ParameterizedTest
    @CsvSource({
        // PnU, InD, RnW, permissions as rwxp
        "0, 0, 0, -w--",
        "0, 0, 1, r---",
        "0, 1, 0, -wx-",
        "0, 1, 1, r-x-",
        "1, 0, 0, -w-p",
        "1, 0, 1, r--p",
        "1, 1, 0, -wxp",
        "1, 1, 1, r-xp"
    })
    void a01_permissionsComeFromThreeBits(long pnu, long ind, long rnw, String expected) throws Exception {
        feedEvent(STREAM_WORD | 0x10, STALL | IN | pnu << 33 | ind << 34 | rnw << 35, 0);

        assertThat(Permissions.toString(only().permissions())).isEqualTo(expected);
    }

    @Test
    void a01_pasidComesFromSubstreamIfValid() throws Exception {
        feedEvent(STREAM_WORD | 0xabcd_e000L | 1L << 11 | 0x10, STALL | IN | 1, 0);
        feedEvent(STREAM_WORD | 0xabcd_e000L | 0x10, STALL | IN | 2, 0);

        assertThat(smmu.faults.requests()).extracting(PageRequest::pasidValid).containsExactly(true, false);
        assertThat(smmu.faults.requests().get(0).pasid()).isEqualTo(0xabcde);
        assertThat(smmu.faults.requests()).noneMatch(PageRequest::responseNeedsPasid);
    }

    @ParameterizedTest
    @ValueSource(longs = {0x01, 0x0a, 0x10, 0x11, 0x12, 0x13, 0x24, 0x7f, 0xe0})
    void a02_withoutStallAnEventIsCountedAndGoesNowhere(long eventId) throws Exception {
        feedEvent(STREAM_WORD | eventId, READ | 5, 0x1000);
        feedEvent(0x0000_0bad_0000_0000L | eventId, READ | 5, 0x1000);

        assertThat(upstream.device().counters().get(Counter.UNRECOVERABLE)).isEqualTo(1);
        assertThat(smmu.count(Counter.UNRECOVERABLE)).isEqualTo(2);
        assertThat(smmu.count(Counter.BAD_REQUESTS)).isZero();
        assertThat(smmu.faults.requests()).isEmpty();
        assertThat(smmu.tapped()).isEmpty();
    }

    @Test
    void a02_aSubstreamWithoutContextAbortsAndIsCounted() throws Exception {
        smmu.attach(upstream, 7);

        assertThat(upstream.transact(1, 8, Permissions.READ, 0x1000)).isEqualTo(Translation.NONE);
        assertThat(upstream.transact(2, Pasid.NONE, Permissions.READ, 0x1000)).isEqualTo(Translation.NONE);
        smmu.unit.drain();

        assertThat(smmu.count(Counter.UNRECOVERABLE)).isEqualTo(2);
        assertThat(smmu.faults.requests()).isEmpty();
        assertThat(device.resumed()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"SUCCESS, 1, SUCCESS, true", "INVALID, 2, INVALID, false", "FAILURE, 2, INVALID, false"})
    void a03_successRetriesAndEverythingElseAborts(
            ResponseCode answer, long response, ResponseCode consumed, boolean retry) throws Exception {
        smmu.attach(upstream, 7);
        smmu.faults.answers(request -> answer);

        assertThat(upstream.transact(42, 7, Permissions.READ, 0x1000)).isEqualTo(Upstream.STALLED);
        smmu.unit.drain();

        assertThat(device.resumed()).containsExactly(new Resumed(42, retry));
        int stag = smmu.faults.requests().get(0).groupId();
        assertThat(smmu.tapped()).containsExactly(new Tapped(STREAM_WORD | response << 12 | 0x44, stag, consumed));
    }

    @Test
    void a03_aStallMayBeAnsweredLaterByAnotherThread() throws Exception {
        smmu.attach(upstream, Pasid.NONE);
        smmu.faults.hold();
        assertThat(upstream.transact(9, Pasid.NONE, Permissions.WRITE, 0x2000)).isEqualTo(Upstream.STALLED);
        Fixture.eventually(() -> !smmu.faults.pending().isEmpty());
        assertThat(device.resumed()).isEmpty();

        smmu.faults.respondAll(ResponseCode.SUCCESS);

        assertThat(device.resumed()).containsExactly(new Resumed(9, true));
    }

    @Test
    void a04_unknownStreamIsResumedWithAbort() throws Exception {
        feedEvent(0x0000_0bad_0000_0010L, STALL | IN | READ | 0x1234, 0x1000);

        assertThat(smmu.tapped()).containsExactly(new Tapped(0x0000_0bad_0000_2044L, 0x1234, ResponseCode.INVALID));
        assertThat(smmu.count(Counter.BAD_REQUESTS)).isEqualTo(1);
        assertThat(smmu.faults.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {0x00, 0x01, 0x0f, 0x14, 0x20, 0x24, 0x90, 0xff})
    void a04_stalledEventThatCannotStallIsResumedWithAbort(long eventId) throws Exception {
        feedEvent(STREAM_WORD | eventId, STALL | IN | READ | 0x1234, 0x1000);

        assertThat(smmu.tapped()).containsExactly(new Tapped(STREAM_WORD | 0x2044, 0x1234, ResponseCode.INVALID));
        assertThat(upstream.device().counters().get(Counter.BAD_REQUESTS)).isEqualTo(1);
        assertThat(smmu.faults.requests()).isEmpty();
    }

    @Test
    void a04_aReportThatThrowsDoesNotLeaveTheTransactionStalled() throws Exception {
        smmu.attach(upstream, 7);
        smmu.faults.beforeReport(() -> {
            throw new IllegalStateException("the core is broken on purpose");
        });

        assertThat(upstream.transact(3, 7, Permissions.READ, 0x1000)).isEqualTo(Upstream.STALLED);
        smmu.unit.drain();

        assertThat(device.resumed()).containsExactly(new Resumed(3, false));
    }

    @Test
    void a04_aReleasedDeviceDoesNotStayStalled() throws Exception {
        smmu.attach(upstream, 7);
        Gate gate = new Gate();
        smmu.faults.beforeReport(gate);
        assertThat(upstream.transact(3, 7, Permissions.READ, 0x1000)).isEqualTo(Upstream.STALLED);
        gate.awaitReached();
        smmu.faults.release(upstream.device());
        gate.open();
        smmu.unit.drain();

        assertThat(device.resumed()).containsExactly(new Resumed(3, false));
    }

    @Test
    void aResumeWithoutATransactionBehindItIsConsumedAndTapped() throws Exception {
        feedEvent(STREAM_WORD | 0x10, STALL | IN | READ | 0x7777, 0x1000);

        assertThat(smmu.tapped()).containsExactly(new Tapped(STREAM_WORD | 0x1044, 0x7777, ResponseCode.SUCCESS));
        assertThat(device.resumed()).isEmpty();
    }

    @Test
    void anAccessThatReadsAndWritesFaultsForWhatIsMissing() throws Exception {
        int both = Permissions.READ | Permissions.WRITE;
        smmu.attach(upstream, 7);
        smmu.map(0x2000, Permissions.READ);
        smmu.map(0x3000, Permissions.WRITE);
        smmu.map(0x4000, both);

        assertThat(upstream.transact(1, 7, both, 0x1000)).isEqualTo(Upstream.STALLED);
        assertThat(upstream.transact(2, 7, both, 0x2000)).isEqualTo(Upstream.STALLED);
        assertThat(upstream.transact(3, 7, both, 0x3000)).isEqualTo(Upstream.STALLED);
        assertThat(upstream.transact(4, 7, both, 0x4567)).isEqualTo(Translation.of(0x4000, both));
        smmu.unit.drain();

        assertThat(smmu.faults.requests())
                .extracting(PageRequest::permissions)
                .containsExactly(Permissions.WRITE, Permissions.WRITE, Permissions.READ);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "0, 1", "1, 1", "2, 1"})
    void a10_aStallThatNoPageMendsIsAbortedAndCountedAsUnrecoverable(long faultClass, long stage2) throws Exception {
        smmu.attach(upstream, Pasid.NONE);
        feedEvent(STREAM_WORD | 0x10, STALL | READ | faultClass << 40 | stage2 << 39 | 0x1234, 0x1000);

        assertThat(smmu.tapped()).containsExactly(new Tapped(STREAM_WORD | 0x2044, 0x1234, ResponseCode.INVALID));
        assertThat(upstream.device().counters().get(Counter.UNRECOVERABLE)).isEqualTo(1);
        assertThat(smmu.count(Counter.BAD_REQUESTS)).isZero();
        assertThat(smmu.faults.requests()).isEmpty();
    }
}
