// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import static io.pgfault.smmuv3.spec.Bits.assertField;
import static io.pgfault.smmuv3.spec.Bits.assertFlag;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Positions as IHI 0070 F.b §8.1 gives them. */
class PriRecordTest {
    @Test
    void fieldsLieWhereTheArchitecturePutsThem() {
        assertThat(PriRecord.BYTES).isEqualTo(16);
        assertField(PriRecord::streamId, 0, 31);
        assertField(PriRecord::substreamId, 32, 51);
        assertFlag(PriRecord::privileged, 58);
        assertFlag(PriRecord::execute, 59);
        assertFlag(PriRecord::read, 60);
        assertFlag(PriRecord::write, 61);
        assertFlag(PriRecord::last, 62);
        assertFlag(PriRecord::ssv, 63);
        assertField(PriRecord::prgIndex, 0, 8);
        assertField(word1 -> (int) (PriRecord.pageAddress(word1) >>> 12), 12, 43);
        assertThat(PriRecord.pageAddress(-1)).isEqualTo(0xffff_ffff_ffff_f000L);
    }

    @Test
    void wordsAreMadeOfTheirFields() {
        assertThat(PriRecord.word0(0xffff_0001, false, false, false, false, false))
                .isEqualTo(0x0000_0000_ffff_0001L);
        assertThat(PriRecord.word0(0, true, false, false, false, false)).isEqualTo(0x1000_0000_0000_0000L);
        assertThat(PriRecord.word0(0, false, true, false, false, false)).isEqualTo(0x2000_0000_0000_0000L);
        assertThat(PriRecord.word0(0, false, false, true, false, false)).isEqualTo(0x0800_0000_0000_0000L);
        assertThat(PriRecord.word0(0, false, false, false, true, false)).isEqualTo(0x0400_0000_0000_0000L);
        assertThat(PriRecord.word0(0, false, false, false, false, true)).isEqualTo(0x4000_0000_0000_0000L);
        assertThat(PriRecord.withSubstream(0x1000_0000_0000_0007L, 0xabcde)).isEqualTo(0x900a_bcde_0000_0007L);
        assertThat(PriRecord.word1(0x1ff, 0x7fff_ffff_ffff_ffffL)).isEqualTo(0x7fff_ffff_ffff_f1ffL);
    }

    @Test
    void a06_aStopMarkerIsLastWithSsvAndNeitherReadNorWrite() {
        for (int bits = 0; bits < 64; bits++) {
            long word0 = (long) bits << 58;
            boolean marker = (bits & 0b110000) == 0b110000 && (bits & 0b001100) == 0;
            assertThat(PriRecord.stopMarker(word0))
                    .as("bits 63:58 %s", Integer.toBinaryString(bits))
                    .isEqualTo(marker);
        }
    }

    @Test
    void aRecordIsLittleEndianInMemory() {
        ByteBuffer memory = ByteBuffer.wrap(HexFormat.of().parseHex("01020000" + "debc0af0" + "0551443322110000"));

        PriRecord record = PriRecord.decode(memory, 0);

        assertThat(record.streamId()).isEqualTo(0x201);
        assertThat(record.substreamId()).isEqualTo(0xabcde);
        assertThat(record.ssv()).isTrue();
        assertThat(record.last()).isTrue();
        assertThat(PriRecord.write(record.word0())).isTrue();
        assertThat(PriRecord.read(record.word0())).isTrue();
        assertThat(PriRecord.execute(record.word0())).isFalse();
        assertThat(record.prgIndex()).isEqualTo(0x105);
        assertThat(record.pageAddress()).isEqualTo(0x1122_3344_5000L);
        assertThat(record).hasToString("page request stream 0x201 substream 703710 group 261 0x112233445000 rw-- last");
    }

    @Test
    void everyBitSurvivesReservedOnesIncluded() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 10_000; i++) {
            PriRecord record = new PriRecord(random.nextLong(), random.nextLong());
            ByteBuffer memory = ByteBuffer.allocate(24);
            record.encode(memory, 8);
            assertThat(PriRecord.decode(memory, 8)).as("seed %d", seed).isEqualTo(record);
        }
    }
}
