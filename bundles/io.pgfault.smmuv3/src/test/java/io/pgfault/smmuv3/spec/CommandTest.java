// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import static io.pgfault.smmuv3.spec.Bits.assertField;
import static io.pgfault.smmuv3.spec.Bits.assertFlag;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Positions and numbers as IHI 0070 F.b §4 gives them. */
class CommandTest {
    @Test
    void fieldsLieWhereTheArchitecturePutsThem() {
        assertThat(Command.BYTES).isEqualTo(16);
        assertField(Command::opcode, 0, 7);
        assertField(Command::streamId, 32, 63);
        assertField(Command::resumeResponse, 12, 13);
        assertField(Command::stag, 0, 15);
        assertFlag(Command::ssv, 11);
        assertField(Command::substreamId, 12, 31);
        assertField(Command::prgIndex, 0, 8);
        assertField(Command::priResponse, 12, 13);
        assertField(Command::syncSignal, 12, 13);
        assertField(Command::msiData, 32, 63);
        assertField(word1 -> (int) (Command.msiAddress(word1) >>> 2), 2, 33);
        assertThat(Command.msiAddress(-1)).isEqualTo(0x000f_ffff_ffff_fffcL);
    }

    @Test
    void resumeIsMadeOfItsFields() {
        assertThat(Command.resume0(0x8000_0001, 0)).isEqualTo(0x8000_0001_0000_0044L);
        assertThat(Command.resume0(0x8000_0001, 1)).isEqualTo(0x8000_0001_0000_1044L);
        assertThat(Command.resume0(0x8000_0001, 2)).isEqualTo(0x8000_0001_0000_2044L);
        assertThat(Command.resume1(0xbeef)).isEqualTo(0xbeefL);
        assertThat(Command.RESUME_TERMINATE).isZero();
        assertThat(Command.RESUME_RETRY).isEqualTo(1);
        assertThat(Command.RESUME_ABORT).isEqualTo(2);
    }

    @Test
    void priResponseIsMadeOfItsFields() {
        assertThat(Command.priResp0(0x0000_0201)).isEqualTo(0x0000_0201_0000_0041L);
        assertThat(Command.priResp0(0xffff_ffff, 0xabcde)).isEqualTo(0xffff_ffff_abcd_e841L);
        assertThat(Command.priResp1(0x1ff, 0)).isEqualTo(0x01ffL);
        assertThat(Command.priResp1(0x1ff, 1)).isEqualTo(0x11ffL);
        assertThat(Command.priResp1(0x1ff, 2)).isEqualTo(0x21ffL);
        assertThat(Command.PRI_FAILURE).isZero();
        assertThat(Command.PRI_INVALID).isEqualTo(1);
        assertThat(Command.PRI_SUCCESS).isEqualTo(2);
    }

    @Test
    void stallTermAndSyncAreMadeOfTheirFields() {
        assertThat(Command.stallTerm0(0x1234_5678)).isEqualTo(0x1234_5678_0000_0045L);
        assertThat(Command.sync0(Command.SYNC_NONE, 0)).isEqualTo(0x46L);
        assertThat(Command.sync0(Command.SYNC_MSI, 0xcafe_babe)).isEqualTo(0xcafe_babe_0000_1046L);
        assertThat(Command.sync1(0x1007)).isEqualTo(0x1004L);
    }

    @Test
    void commandsReadAsWords() {
        assertThat(new Command(0x8000_0001_0000_1044L, 5)).hasToString("CMD_RESUME stream 0x80000001 tag 5 retry");
        assertThat(new Command(0x0000_0201_abcd_e841L, 0x11ff))
                .hasToString("CMD_PRI_RESP stream 0x201 substream 703710 group 511 invalid");
        assertThat(new Command(0x0000_0007_0000_0045L, 0)).hasToString("CMD_STALL_TERM stream 0x7");
        assertThat(new Command(0x46, 0)).hasToString("CMD_SYNC");
        assertThat(new Command(0xff, 1)).hasToString("command 0xff (0x00000000000000ff 0x0000000000000001)");
    }

    @Test
    void aCommandIsLittleEndianInMemory() {
        ByteBuffer memory = ByteBuffer.allocate(16);
        new Command(0x8000_0001_0000_1044L, 0xbeef).encode(memory, 0);
        assertThat(memory.array()).isEqualTo(HexFormat.of().parseHex("4410000001000080" + "efbe000000000000"));
    }

    @Test
    void everyBitSurvivesReservedOnesIncluded() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 10_000; i++) {
            Command command = new Command(random.nextLong(), random.nextLong());
            ByteBuffer memory = ByteBuffer.allocate(24);
            command.encode(memory, 8);
            assertThat(Command.decode(memory, 8)).as("seed %d", seed).isEqualTo(command);
        }
    }
}
