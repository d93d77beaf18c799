// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Request numbers: {@code _IO(';', n)}, the type in bits 15:8; IOMMUFD counts from 0x80, VFIO from 100. */
class UapiTest {
    private static int io(int number) {
        return ';' << 8 | number;
    }

    @Test
    void iommufdRequests() {
        assertThat(Uapi.DESTROY).isEqualTo(io(0x80));
        assertThat(Uapi.IOAS_ALLOC).isEqualTo(io(0x81));
        assertThat(Uapi.HWPT_ALLOC).isEqualTo(io(0x89));
        assertThat(Uapi.FAULT_QUEUE_ALLOC).isEqualTo(io(0x8e));
        assertThat(Uapi.TEST).isEqualTo(io(0xa0));
    }

    @Test
    void vfioRequests() {
        assertThat(Uapi.VFIO_BIND).isEqualTo(io(100 + 18));
        assertThat(Uapi.VFIO_ATTACH).isEqualTo(io(100 + 19));
        assertThat(Uapi.VFIO_DETACH).isEqualTo(io(100 + 20));
    }
}
