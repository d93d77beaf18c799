// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.PageRequest;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Offsets and values of {@code struct iommu_hwpt_pgfault} and {@code struct iommu_hwpt_page_response}. */
class RecordsTest {
    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    @Test
    void faultRecordHasItsFieldsAtTheKernelsOffsets() {
        byte[] bytes = new byte[48];
        Arrays.fill(bytes, (byte) 0xee);
        FaultRecord.put(
                ByteBuffer.wrap(bytes), 4, 3, 0x11121314, 0x000a1b2c, 0x21222324, 0xf, 0x3132333435363738L, 0x41424344);
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo(
                        "eeeeeeee" // not touched
                                + "03000000" // flags
                                + "14131211" // dev_id
                                + "2c1b0a00" // pasid
                                + "24232221" // grpid
                                + "0f000000" // perm
                                + "00000000" // reserved
                                + "3837363534333231" // addr
                                + "00000000" // length
                                + "44434241" // cookie
                                + "eeeeeeee");
        assertThat(FaultRecord.SIZE).isEqualTo(40);
    }

    @Test
    void faultRecordIsReadFromTheKernelsOffsets() {
        ByteBuffer record =
                bytes("01000080 02000000 03000000 04000000 05000000 06000000 0708090a0b0c0d0e 0f000000 ffffffff");
        assertThat(FaultRecord.flags(record, 0)).isEqualTo(0x80000001);
        assertThat(FaultRecord.devId(record, 0)).isEqualTo(2);
        assertThat(FaultRecord.pasid(record, 0)).isEqualTo(3);
        assertThat(FaultRecord.grpid(record, 0)).isEqualTo(4);
        assertThat(FaultRecord.perm(record, 0)).isEqualTo(5);
        assertThat(FaultRecord.addr(record, 0)).isEqualTo(0x0e0d0c0b0a090807L);
        assertThat(FaultRecord.length(record, 0)).isEqualTo(15);
        assertThat(FaultRecord.cookie(record, 0)).isEqualTo(-1);
    }

    @Test
    void bitsAreTheKernels() {
        assertThat(FaultRecord.PASID_VALID).isEqualTo(1);
        assertThat(FaultRecord.LAST_PAGE).isEqualTo(2);
        assertThat(Permissions.READ).isEqualTo(1);
        assertThat(Permissions.WRITE).isEqualTo(2);
        assertThat(Permissions.EXEC).isEqualTo(4);
        assertThat(Permissions.PRIV).isEqualTo(8);
    }

    /** Bits that only this side of the interface knows stay here, and so does a PASID that isn't valid. */
    @Test
    void whatUserSpaceDoesNotKnowIsNotWritten() {
        ByteBuffer record = ByteBuffer.allocate(FaultRecord.SIZE);
        FaultRecord.put(record, 0, PageRequest.LAST_PAGE | PageRequest.RESPONSE_NEEDS_PASID, 1, -1, 1, 1, 0, 1);
        assertThat(FaultRecord.flags(record, 0)).isEqualTo(FaultRecord.LAST_PAGE);
        assertThat(FaultRecord.pasid(record, 0)).isZero();
    }

    @Test
    void responseRecordHasItsFieldsAtTheKernelsOffsets() {
        byte[] bytes = new byte[8];
        ByteBuffer record = ByteBuffer.wrap(bytes);
        ResponseRecord.put(record, 0, 0x01020304, ResponseRecord.INVALID);
        assertThat(ResponseRecord.SIZE).isEqualTo(bytes.length);
        assertThat(HexFormat.of().formatHex(bytes)).isEqualTo("0403020101000000");
        assertThat(ResponseRecord.cookie(record, 0)).isEqualTo(0x01020304);
        assertThat(ResponseRecord.code(record, 0)).isEqualTo(1);
        assertThat(ResponseRecord.SUCCESS).isZero();
    }

    @Test
    void userSpaceHasNoWordForFailure() {
        assertThat(ResponseRecord.code(ResponseCode.SUCCESS)).isZero();
        assertThat(ResponseRecord.code(ResponseCode.INVALID)).isEqualTo(1);
        assertThat(ResponseRecord.code(ResponseCode.FAILURE)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void randomRecordsComeBack(boolean bigEndianBuffer) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ByteBuffer buffer = ByteBuffer.allocateDirect(3 * FaultRecord.SIZE)
                .order(bigEndianBuffer ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 1000; i++) {
            int at = random.nextInt(2 * FaultRecord.SIZE);
            int flags = random.nextInt(4);
            int[] words = random.ints(5).toArray();
            long addr = random.nextLong();
            FaultRecord.put(buffer, at, flags, words[0], words[1], words[2], words[3], addr, words[4]);
            assertThat(new long[] {
                        FaultRecord.flags(buffer, at),
                        FaultRecord.devId(buffer, at),
                        FaultRecord.pasid(buffer, at),
                        FaultRecord.grpid(buffer, at),
                        FaultRecord.perm(buffer, at),
                        FaultRecord.addr(buffer, at),
                        FaultRecord.length(buffer, at),
                        FaultRecord.cookie(buffer, at)
                    })
                    .as("seed %d, round %d", seed, i)
                    .containsExactly(
                            flags,
                            words[0],
                            (flags & FaultRecord.PASID_VALID) == 0 ? 0 : words[1],
                            words[2],
                            words[3],
                            addr,
                            0,
                            words[4]);
            ResponseRecord.put(buffer, at, words[0], words[1]);
            assertThat(ResponseRecord.cookie(buffer, at)).as("seed %d", seed).isEqualTo(words[0]);
            assertThat(ResponseRecord.code(buffer, at)).as("seed %d", seed).isEqualTo(words[1]);
        }
    }
}
