// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.function.LongPredicate;
import java.util.function.LongToIntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every constant here is written down from the rules, none is taken from the code. */
class PageRequestDescriptorTest {
    @Test
    void sizeAndType() {
        assertThat(PageRequestDescriptor.SIZE).isEqualTo(32);
        assertThat(PageRequestDescriptor.TYPE).isEqualTo(1);
        assertThat(PageRequestDescriptor.PRG_INDEX_MAX).isEqualTo(511);
    }

    @Test
    void word0_fieldsAreExactlyTheirBits() {
        assertField(PageRequestDescriptor::type, 0, 8);
        assertField(flag(PageRequestDescriptor::pasidPresent), 8, 1);
        assertField(flag(PageRequestDescriptor::privateDataPresent), 9, 1);
        assertField(PageRequestDescriptor::requesterId, 16, 16);
        assertField(PageRequestDescriptor::pasid, 32, 20);
        assertField(flag(PageRequestDescriptor::executeRequested), 52, 1);
        assertField(flag(PageRequestDescriptor::privilegedModeRequested), 53, 1);
    }

    @Test
    void word1_fieldsAreExactlyTheirBits() {
        assertField(flag(PageRequestDescriptor::read), 0, 1);
        assertField(flag(PageRequestDescriptor::write), 1, 1);
        assertField(flag(PageRequestDescriptor::last), 2, 1);
        assertField(PageRequestDescriptor::prgIndex, 3, 9);
        for (int bit = 0; bit < 64; bit++) {
            assertThat(PageRequestDescriptor.address(1L << bit)).isEqualTo(bit < 12 ? 0 : 1L << bit);
        }
    }

    @Test
    void reservedBits_areThoseThatNoFieldHas() {
        for (int bit = 0; bit < 64; bit++) {
            boolean reserved = (bit >= 10 && bit <= 15) || bit >= 54;
            assertThat(((PageRequestDescriptor.RESERVED_0 >>> bit) & 1) == 1)
                    .as("bit %d", bit)
                    .isEqualTo(reserved);
        }
    }

    @Test
    void reservedBits_changeNoField() {
        long word0 = 0x0030_0002_1234_0301L;
        for (int bit : new int[] {10, 11, 12, 13, 14, 15, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63}) {
            long swept = word0 | (1L << bit);
            assertThat(PageRequestDescriptor.type(swept)).isEqualTo(1);
            assertThat(PageRequestDescriptor.requesterId(swept)).isEqualTo(0x1234);
            assertThat(PageRequestDescriptor.pasidOrNone(swept)).isEqualTo(2);
            assertThat(PageRequestDescriptor.privateDataPresent(swept)).isTrue();
            assertThat(PageRequestDescriptor.permissions(swept, 0)).isEqualTo(0b1100);
        }
    }

    @Test
    void v06_stopMarker_isLastWithNeitherReadNorWrite() {
        for (int bits = 0; bits < 8; bits++) {
            assertThat(PageRequestDescriptor.isStopMarker(0xffff_ffff_ffff_fff8L | bits))
                    .isEqualTo(bits == 0b100);
        }
    }

    @Test
    void v07_permissionsAndFlags() {
        assertThat(PageRequestDescriptor.permissions(0, 0)).isZero();
        assertThat(PageRequestDescriptor.permissions(0, 1L)).isEqualTo(0b0001);
        assertThat(PageRequestDescriptor.permissions(0, 2L)).isEqualTo(0b0010);
        assertThat(PageRequestDescriptor.permissions(1L << 52, 0)).isEqualTo(0b0100);
        assertThat(PageRequestDescriptor.permissions(1L << 53, 0)).isEqualTo(0b1000);
        assertThat(PageRequestDescriptor.permissions(-1, -1)).isEqualTo(0b1111);
        assertThat(PageRequestDescriptor.permissions(~(3L << 52), ~3L)).isZero();
        assertThat(PageRequestDescriptor.flags(0, 0)).isZero();
        assertThat(PageRequestDescriptor.flags(1L << 8, 0)).isEqualTo(0b101);
        assertThat(PageRequestDescriptor.flags(0, 1L << 2)).isEqualTo(0b010);
    }

    @Test
    void encode_putsEachFieldInItsPlace() {
        assertThat(PageRequestDescriptor.word0(0, Pasid.NONE, false, false, false))
                .isEqualTo(0x01L);
        assertThat(PageRequestDescriptor.word0(0xabcd, Pasid.NONE, false, false, false))
                .isEqualTo(0xabcd_0001L);
        assertThat(PageRequestDescriptor.word0(0, 0, false, false, false)).isEqualTo(0x101L);
        assertThat(PageRequestDescriptor.word0(0, 0xfedcb, false, false, false)).isEqualTo(0x000f_edcb_0000_0101L);
        assertThat(PageRequestDescriptor.word0(0, Pasid.NONE, true, false, false))
                .isEqualTo(0x0010_0000_0000_0001L);
        assertThat(PageRequestDescriptor.word0(0, Pasid.NONE, false, true, false))
                .isEqualTo(0x0020_0000_0000_0001L);
        assertThat(PageRequestDescriptor.word0(0, Pasid.NONE, false, false, true))
                .isEqualTo(0x201L);
        assertThat(PageRequestDescriptor.word1(true, false, false, 0, 0)).isEqualTo(1);
        assertThat(PageRequestDescriptor.word1(false, true, false, 0, 0)).isEqualTo(2);
        assertThat(PageRequestDescriptor.word1(false, false, true, 0, 0)).isEqualTo(4);
        assertThat(PageRequestDescriptor.word1(false, false, false, 0x1ff, 0)).isEqualTo(0xff8);
        assertThat(PageRequestDescriptor.word1(false, false, false, 0, -1)).isEqualTo(0xffff_ffff_ffff_f000L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"LITTLE_ENDIAN", "BIG_ENDIAN"})
    void words_areLittleEndianInBuffersOfAnyOrder(String order) {
        ByteBuffer buffer = ByteBuffer.allocate(40)
                .order(order.equals("LITTLE_ENDIAN") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        PageRequestDescriptor.encode(buffer, 8, 0x0807060504030201L, 0x11L, 0x22L, 0x33L);
        assertThat(buffer.get(8)).isEqualTo((byte) 1);
        assertThat(buffer.get(15)).isEqualTo((byte) 8);
        assertThat(buffer.get(16)).isEqualTo((byte) 0x11);
        assertThat(buffer.get(24)).isEqualTo((byte) 0x22);
        assertThat(buffer.get(32)).isEqualTo((byte) 0x33);
        assertThat(PageRequestDescriptor.word(buffer, 8, 0)).isEqualTo(0x0807060504030201L);
        assertThat(PageRequestDescriptor.word(buffer, 8, 3)).isEqualTo(0x33L);
        assertThat(buffer.position()).isZero();
    }

    @Test
    void randomRequests_surviveTheRoundTrip() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ByteBuffer buffer = ByteBuffer.allocateDirect(32);
        for (int i = 0; i < 20_000; i++) {
            boolean pasid = random.nextBoolean();
            boolean privateData = random.nextBoolean();
            PageRequest request = new PageRequest(
                    (pasid ? 0b101 : 0) | (random.nextBoolean() ? 0b010 : 0),
                    pasid ? random.nextInt(1 << 20) : 0,
                    random.nextInt(512),
                    random.nextInt(16),
                    random.nextLong() & -4096,
                    privateData ? random.nextLong() : 0,
                    privateData ? random.nextLong() : 0);
            int requesterId = random.nextInt(1 << 16);
            PageRequestDescriptor.encode(buffer, 0, requesterId, request);
            assertThat(PageRequestDescriptor.request(buffer, 0))
                    .as("seed %d", seed)
                    .isEqualTo(request);
            assertThat(PageRequestDescriptor.requesterId(PageRequestDescriptor.word(buffer, 0, 0)))
                    .as("seed %d", seed)
                    .isEqualTo(requesterId);
        }
    }

    @Test
    void randomWords_surviveDecodingAndEncoding() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            long raw = (random.nextLong() & 0x003f_ffff_ffff_0300L) | 1;
            long word0 = (raw & 0x100) == 0 ? raw & 0xfff0_0000_ffff_ffffL : raw;
            long word1 = random.nextLong();
            assertThat(PageRequestDescriptor.word0(
                            PageRequestDescriptor.requesterId(word0),
                            PageRequestDescriptor.pasidOrNone(word0),
                            PageRequestDescriptor.executeRequested(word0),
                            PageRequestDescriptor.privilegedModeRequested(word0),
                            PageRequestDescriptor.privateDataPresent(word0)))
                    .as("seed %d", seed)
                    .isEqualTo(word0);
            assertThat(PageRequestDescriptor.word1(
                            PageRequestDescriptor.read(word1),
                            PageRequestDescriptor.write(word1),
                            PageRequestDescriptor.last(word1),
                            PageRequestDescriptor.prgIndex(word1),
                            PageRequestDescriptor.address(word1)))
                    .as("seed %d", seed)
                    .isEqualTo(word1);
        }
    }

    private static void assertField(LongToIntFunction field, int shift, int width) {
        for (int bit = 0; bit < 64; bit++) {
            boolean inside = bit >= shift && bit < shift + width;
            assertThat(field.applyAsInt(1L << bit)).as("bit %d", bit).isEqualTo(inside ? 1 << (bit - shift) : 0);
        }
        assertThat(field.applyAsInt(-1L)).isEqualTo((int) ((1L << width) - 1));
    }

    private static LongToIntFunction flag(LongPredicate predicate) {
        return word -> predicate.test(word) ? 1 : 0;
    }
}
