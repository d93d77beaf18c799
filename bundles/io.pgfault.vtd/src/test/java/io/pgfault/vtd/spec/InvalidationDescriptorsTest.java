// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Every constant here is written down from the rules, none is taken from the code. */
class InvalidationDescriptorsTest {
    @Test
    void sizesAndTypes() {
        assertThat(InvalidationDescriptor.SIZE).isEqualTo(32);
        assertThat(PageGroupResponseDescriptor.SIZE).isEqualTo(32);
        assertThat(PageGroupResponseDescriptor.TYPE).isEqualTo(9);
        assertThat(WaitDescriptor.SIZE).isEqualTo(32);
        assertThat(WaitDescriptor.TYPE).isEqualTo(5);
        for (int bit = 0; bit < 64; bit++) {
            assertThat(InvalidationDescriptor.type(1L << bit))
                    .isEqualTo(bit < 4 ? 1 << bit : bit >= 9 && bit <= 11 ? 1 << (bit - 5) : 0);
        }
    }

    @Test
    void deviceTlb_fieldsAreExactlyTheirBits() {
        assertThat(DeviceTlbInvalidation.TYPE).isEqualTo(3);
        assertThat(DeviceTlbInvalidation.TYPE_PASID).isEqualTo(8);
        assertThat(DeviceTlbInvalidation.word0(0xabcd)).isEqualTo(0xabcd_0000_0003L);
        assertThat(DeviceTlbInvalidation.pasidWord0(0xabcd, 0x12345)).isEqualTo(0x1_2345_abcd_0008L);
        assertThat(DeviceTlbInvalidation.requesterId(0xabcd_0000_0003L)).isEqualTo(0xabcd);
        assertThat(DeviceTlbInvalidation.requesterId(0x1_2345_abcd_0008L)).isEqualTo(0xabcd);
        assertThat(DeviceTlbInvalidation.pasidOrNone(0x1_2345_abcd_0008L)).isEqualTo(0x12345);
        assertThat(DeviceTlbInvalidation.pasidOrNone(0xabcd_0000_0003L)).isEqualTo(Pasid.NONE);
        for (int mask = 0; mask <= 51; mask++) {
            long word1 = DeviceTlbInvalidation.pages(0, mask);
            assertThat(DeviceTlbInvalidation.first(word1, mask > 0)).isZero();
            assertThat(DeviceTlbInvalidation.last(word1, mask > 0)).isEqualTo((4096L << mask) - 1);
        }
    }

    @Test
    void response_fieldsAreExactlyTheirBits() {
        for (int bit = 0; bit < 64; bit++) {
            long word = 1L << bit;
            assertThat(PageGroupResponseDescriptor.pasidPresent(word)).isEqualTo(bit == 4);
            assertThat(PageGroupResponseDescriptor.code(word)).isEqualTo(bit >= 12 && bit <= 15 ? 1 << (bit - 12) : 0);
            assertThat(PageGroupResponseDescriptor.requesterId(word))
                    .isEqualTo(bit >= 16 && bit <= 31 ? 1 << (bit - 16) : 0);
            assertThat(PageGroupResponseDescriptor.pasid(word)).isEqualTo(bit >= 32 && bit <= 51 ? 1 << (bit - 32) : 0);
            assertThat(PageGroupResponseDescriptor.prgIndex(word))
                    .isEqualTo(bit >= 3 && bit <= 11 ? 1 << (bit - 3) : 0);
            boolean reserved0 = (bit >= 5 && bit <= 8) || bit >= 52;
            boolean reserved1 = bit <= 1 || bit >= 12;
            assertThat((PageGroupResponseDescriptor.RESERVED_0 & word) != 0).isEqualTo(reserved0);
            assertThat((PageGroupResponseDescriptor.RESERVED_1 & word) != 0).isEqualTo(reserved1);
        }
    }

    @Test
    void response_encodePutsEachFieldInItsPlace() {
        assertThat(PageGroupResponseDescriptor.word0(0, Pasid.NONE, 0)).isEqualTo(0x9L);
        assertThat(PageGroupResponseDescriptor.word0(0x1234, Pasid.NONE, 0)).isEqualTo(0x1234_0009L);
        assertThat(PageGroupResponseDescriptor.word0(0, 0xfffff, 0)).isEqualTo(0x000f_ffff_0000_0019L);
        assertThat(PageGroupResponseDescriptor.word0(0, 0, 0)).isEqualTo(0x19L);
        assertThat(PageGroupResponseDescriptor.word0(0, Pasid.NONE, 0xf)).isEqualTo(0xf009L);
        assertThat(PageGroupResponseDescriptor.word1(0x1ff)).isEqualTo(0xff8L);
        assertThat(PageGroupResponseDescriptor.word1(1)).isEqualTo(8L);
    }

    @Test
    void v09_codesOnTheWire() {
        assertThat(PageGroupResponseDescriptor.wire(ResponseCode.SUCCESS)).isEqualTo(0x0);
        assertThat(PageGroupResponseDescriptor.wire(ResponseCode.INVALID)).isEqualTo(0x1);
        assertThat(PageGroupResponseDescriptor.wire(ResponseCode.FAILURE)).isEqualTo(0xf);
        assertThat(PageGroupResponseDescriptor.response(0x0)).contains(ResponseCode.SUCCESS);
        assertThat(PageGroupResponseDescriptor.response(0x1)).contains(ResponseCode.INVALID);
        assertThat(PageGroupResponseDescriptor.response(0xf)).contains(ResponseCode.FAILURE);
        for (int reserved = 2; reserved < 15; reserved++) {
            assertThat(PageGroupResponseDescriptor.response(reserved)).isEmpty();
        }
    }

    @Test
    void response_randomFieldsSurviveTheRoundTrip() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            int requesterId = random.nextInt(1 << 16);
            int pasid = random.nextBoolean() ? random.nextInt(1 << 20) : Pasid.NONE;
            int code = random.nextInt(16);
            int prgIndex = random.nextInt(512);
            long word0 = PageGroupResponseDescriptor.word0(requesterId, pasid, code);
            long word1 = PageGroupResponseDescriptor.word1(prgIndex);
            assertThat(InvalidationDescriptor.type(word0)).as("seed %d", seed).isEqualTo(9);
            assertThat(PageGroupResponseDescriptor.requesterId(word0))
                    .as("seed %d", seed)
                    .isEqualTo(requesterId);
            assertThat(PageGroupResponseDescriptor.pasidOrNone(word0))
                    .as("seed %d", seed)
                    .isEqualTo(pasid);
            assertThat(PageGroupResponseDescriptor.code(word0))
                    .as("seed %d", seed)
                    .isEqualTo(code);
            assertThat(PageGroupResponseDescriptor.prgIndex(word1))
                    .as("seed %d", seed)
                    .isEqualTo(prgIndex);
        }
    }

    @Test
    void wait_fieldsAreExactlyTheirBits() {
        for (int bit = 0; bit < 64; bit++) {
            long word = 1L << bit;
            assertThat(WaitDescriptor.statusWrite(word)).isEqualTo(bit == 5);
            assertThat(WaitDescriptor.fence(word)).isEqualTo(bit == 6);
            assertThat(WaitDescriptor.pageRequestDrain(word)).isEqualTo(bit == 7);
            assertThat(WaitDescriptor.statusData(word)).isEqualTo(bit >= 32 ? 1 << (bit - 32) : 0);
            assertThat(WaitDescriptor.statusAddress(word)).isEqualTo(bit >= 2 ? word : 0);
            assertThat((WaitDescriptor.RESERVED_0 & word) != 0)
                    .isEqualTo(bit == 4 || bit == 8 || (bit >= 12 && bit <= 31));
            assertThat((WaitDescriptor.RESERVED_1 & word) != 0).isEqualTo(bit < 2);
        }
        assertThat(WaitDescriptor.word0(0, 0)).isEqualTo(0x5L);
        assertThat(WaitDescriptor.word0(0x20, 0x89ab_cdef)).isEqualTo(0x89ab_cdef_0000_0025L);
        assertThat(WaitDescriptor.word0(-1, -1)).isEqualTo(0xffff_ffff_0000_00e5L);
    }
}
