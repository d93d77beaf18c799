// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import static io.pgfault.smmuv3.spec.Bits.assertField;
import static io.pgfault.smmuv3.spec.Bits.assertFlag;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Positions as IHI 0070 F.b §7.3 gives them. */
class EventRecordTest {
    @Test
    void fieldsLieWhereTheArchitecturePutsThem() {
        assertThat(EventRecord.BYTES).isEqualTo(32);
        assertField(EventRecord::eventId, 0, 7);
        assertFlag(EventRecord::ssv, 11);
        assertField(EventRecord::substreamId, 12, 31);
        assertField(EventRecord::streamId, 32, 63);
        assertField(EventRecord::stag, 0, 15);
        assertFlag(EventRecord::stall, 31);
        assertFlag(EventRecord::privileged, 33);
        assertFlag(EventRecord::instruction, 34);
        assertFlag(EventRecord::read, 35);
        assertFlag(EventRecord::stage2, 39);
        assertField(EventRecord::faultClass, 40, 41);
        assertField(word3 -> (int) (EventRecord.ipa(word3) >>> 12), 12, 43);
        assertThat(EventRecord.ipa(-1)).isEqualTo(0x000f_ffff_ffff_f000L);
    }

    @Test
    void wordsAreMadeOfTheirFields() {
        assertThat(EventRecord.word0(0x10, 0xfedc_ba98)).isEqualTo(0xfedc_ba98_0000_0010L);
        assertThat(EventRecord.word0(0x13, 0x0000_0001, 0xabcde)).isEqualTo(0x0000_0001_abcd_e813L);
        assertThat(EventRecord.word1(false, false, false, 0)).isZero();
        assertThat(EventRecord.word1(true, false, false, EventRecord.CLASS_IN)).isEqualTo(0x0000_0208_0000_0000L);
        assertThat(EventRecord.word1(true, true, true, EventRecord.CLASS_TT)).isEqualTo(0x0000_010e_0000_0000L);
        assertThat(EventRecord.stalled(0x0000_0208_0000_0000L, 0xffff)).isEqualTo(0x0000_0208_8000_ffffL);
        assertThat(EventRecord.CLASS_CD).isZero();
    }

    @Test
    void aRecordIsLittleEndianInMemory() {
        byte[] bytes = HexFormat.of()
                .parseHex("10e8cdab01000080" + "34120080" + "0a020000" + "8877665544332211" + "00f0debc9a780500");
        ByteBuffer memory = ByteBuffer.wrap(bytes).order(ByteOrder.BIG_ENDIAN);

        EventRecord record = EventRecord.decode(memory, 0);

        assertThat(record.id()).isEqualTo(EventId.F_TRANSLATION);
        assertThat(record.streamId()).isEqualTo(0x8000_0001);
        assertThat(record.ssv()).isTrue();
        assertThat(record.substreamId()).isEqualTo(0xabcde);
        assertThat(record.stag()).isEqualTo(0x1234);
        assertThat(record.stall()).isTrue();
        assertThat(EventRecord.read(record.word1())).isTrue();
        assertThat(EventRecord.instruction(record.word1())).isFalse();
        assertThat(EventRecord.privileged(record.word1())).isTrue();
        assertThat(EventRecord.faultClass(record.word1())).isEqualTo(EventRecord.CLASS_IN);
        assertThat(record.inputAddress()).isEqualTo(0x1122_3344_5566_7788L);
        assertThat(EventRecord.ipa(record.word3())).isEqualTo(0x0005_789a_bcde_f000L);
        assertThat(memory.position()).isZero();
        assertThat(record)
                .hasToString("F_TRANSLATION stream 0x80000001 substream 703710 0x1122334455667788 read"
                        + " privileged stalled, tag 4660");
    }

    @Test
    void everyBitSurvivesReservedOnesIncluded() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 10_000; i++) {
            EventRecord record =
                    new EventRecord(random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong());
            ByteBuffer memory = ByteBuffer.allocate(40);
            record.encode(memory, 8);
            assertThat(EventRecord.decode(memory, 8)).as("seed %d", seed).isEqualTo(record);
        }
    }
}
