// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.sva.Area;
import org.junit.jupiter.api.Test;

/**
 * Numbers that are exchanged with others, as the kernel ({@code include/uapi/linux/iommufd.h}, {@code
 * include/linux/iommu.h}) and PCIe 6.0 §6.20 give them.
 */
class KernelNumbersTest {
    @Test
    void flagsPermissionsAndCodesAreTheKernels() {
        assertThat(PageRequest.PASID_VALID).isEqualTo(0b001);
        assertThat(PageRequest.LAST_PAGE).isEqualTo(0b010);
        assertThat(PageRequest.RESPONSE_NEEDS_PASID).isEqualTo(0b100);
        assertThat(Permissions.READ).isEqualTo(0b0001);
        assertThat(Permissions.WRITE).isEqualTo(0b0010);
        assertThat(Permissions.EXEC).isEqualTo(0b0100);
        assertThat(Permissions.PRIV).isEqualTo(0b1000);
        assertThat(ResponseCode.of(0)).contains(ResponseCode.SUCCESS);
        assertThat(ResponseCode.of(1)).contains(ResponseCode.INVALID);
        assertThat(ResponseCode.of(2)).contains(ResponseCode.FAILURE);
        assertThat(ResponseCode.of(15)).isEmpty();
    }

    @Test
    void everyCodeIsFoundByItsNumber() {
        for (ResponseCode code : ResponseCode.values()) {
            assertThat(ResponseCode.of(code.value())).contains(code);
        }
    }

    @Test
    void pasidIsTwentyBits() {
        assertThat(Pasid.MAX).isEqualTo(0xf_ffff);
        assertThat(Pasid.isValid(Pasid.NONE)).isFalse();
        assertThat(Pasid.isValid(0)).isTrue();
        assertThat(Pasid.isValid(1 << 20)).isFalse();
    }

    @Test
    void translationKeepsAddressAndPermissionsApart() {
        long translation = Translation.of(0xffff_ffff_ffff_ffffL, Permissions.READ | Permissions.EXEC);
        assertThat(Translation.address(translation)).isEqualTo(0xffff_ffff_ffff_f000L);
        assertThat(Translation.permissions(translation)).isEqualTo(Permissions.READ | Permissions.EXEC);
        assertThat(Translation.grants(translation, Permissions.READ | Permissions.PRIV))
                .isTrue();
        assertThat(Translation.grants(translation, Permissions.WRITE)).isFalse();
        assertThat(Translation.grants(Translation.NONE, 0)).isFalse();
    }

    @Test
    void areaIsWholePagesAndReachesTheTop() {
        Area all = new Area(0, -1, Permissions.READ, false, 0, "");
        assertThat(all.contains(-1)).isTrue();
        assertThat(all.contains(0)).isTrue();
        assertThatThrownBy(() -> new Area(0x800, 0xfff, 0, false, 0, "")).hasMessageContaining("0x800");
        assertThatThrownBy(() -> new Area(0x2000, 0x1fff, 0, false, 0, "")).hasMessageContaining("0x2000");
    }

    @Test
    void areaParsesWhatTheKernelPrints() {
        assertThat(Area.parse("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]"))
                .isEqualTo(new Area(
                        0xffff_ffff_ff60_0000L, 0xffff_ffff_ff60_0fffL, Permissions.EXEC, false, 0, "[vsyscall]"));
        assertThat(Area.parse("04035000-04056000 rwxp 00000000 00:00 0 ").name())
                .isEmpty();
        assertThat(Area.parse("ff7c0000000000-ff7c0000001000 rw-s 0001f000 fe:00 2146380    /tmp/a b (deleted)"))
                .isEqualTo(new Area(
                        0xff_7c00_0000_0000L,
                        0xff_7c00_0000_0fffL,
                        Permissions.READ | Permissions.WRITE,
                        true,
                        0x1f000,
                        "/tmp/a b (deleted)"));
        assertThatThrownBy(() -> Area.parse("04035000 rwxp")).hasMessageContaining("04035000 rwxp");
    }
}
