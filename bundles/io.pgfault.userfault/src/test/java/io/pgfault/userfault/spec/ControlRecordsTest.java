// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Pasid;
import io.pgfault.api.nest.Smmuv3FirstStage;
import io.pgfault.api.nest.Smmuv3Invalidation;
import io.pgfault.api.nest.VtdFirstStage;
import io.pgfault.api.nest.VtdInvalidation;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Offsets and values of control records, acknowledgements, and the kernel's structures of first stages. */
class ControlRecordsTest {
    private static String hex(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.capacity()];
        buffer.get(0, bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void headerHasItsFieldsWhereThePageSays() {
        ByteBuffer header = ByteBuffer.allocate(ControlRecord.SIZE);
        ControlRecord.put(
                header, 0, 0x01020304, ControlRecord.INVALIDATE, 0x11121314, 0x12345, ControlRecord.VTD_S1, 48);
        assertThat(hex(header)).isEqualTo("04030201" + "03000080" + "14131211" + "45230100" + "01000000" + "30000000");
        assertThat(ControlRecord.isControl(header, 0)).isTrue();
        assertThat(ControlRecord.token(header, 0)).isEqualTo(0x01020304);
        assertThat(ControlRecord.op(header, 0)).isEqualTo(3);
        assertThat(ControlRecord.devId(header, 0)).isEqualTo(0x11121314);
        assertThat(ControlRecord.pasid(header, 0)).isEqualTo(0x12345);
        assertThat(ControlRecord.type(header, 0)).isEqualTo(1);
        assertThat(ControlRecord.length(header, 0)).isEqualTo(48);
        ControlRecord.put(header, 0, 0, ControlRecord.DETACH, 0, Pasid.NONE, ControlRecord.NONE, -1);
        assertThat(hex(header)).isEqualTo("00000000" + "02000080" + "00000000" + "ffffffff" + "00000000" + "ffffffff");
        assertThat(ControlRecord.length(header, 0)).isEqualTo(0xffff_ffffL);
        ResponseRecord.put(header, 0, 7, ResponseRecord.INVALID);
        assertThat(ControlRecord.isControl(header, 0)).isFalse();
    }

    @Test
    void acknowledgementHasItsFieldsWhereThePageSays() {
        ByteBuffer ack = ByteBuffer.allocate(AckRecord.SIZE);
        AckRecord.put(ack, 0, 0x01020304, ControlRecord.INVALIDATE, 5, 22);
        assertThat(hex(ack))
                .isEqualTo("02000040" + "00000000" + "00000000" + "04030201" + "03000000" + "00000000"
                        + "0500000000000000" + "16000000" + "00000000");
        assertThat(AckRecord.isAck(ack, 0)).isTrue();
        assertThat(AckRecord.token(ack, 0)).isEqualTo(0x01020304);
        assertThat(AckRecord.op(ack, 0)).isEqualTo(3);
        assertThat(AckRecord.done(ack, 0)).isEqualTo(5);
        assertThat(AckRecord.errno(ack, 0)).isEqualTo(22);
        ByteBuffer fault = ByteBuffer.allocate(FaultRecord.SIZE);
        FaultRecord.put(fault, 0, 3, 1, 2, 3, 4, 5, 6);
        assertThat(AckRecord.isAck(fault, 0)).isFalse();
    }

    @Test
    void structuresOfVtdAreTheKernels() {
        ByteBuffer data = ByteBuffer.allocate(FirstStageData.VTD_SIZE);
        VtdFirstStage stage = new VtdFirstStage(VtdFirstStage.SRE | VtdFirstStage.WPE, 0x12_3456_7000L, 57);
        FirstStageData.put(data, 0, stage);
        assertThat(hex(data)).isEqualTo("0500000000000000" + "0070563412000000" + "39000000" + "00000000");
        assertThat(FirstStageData.firstStage(data, 0, ControlRecord.VTD_S1)).isEqualTo(stage);

        VtdInvalidation invalidation = new VtdInvalidation(0x7000, 3, VtdInvalidation.LEAF);
        FirstStageData.put(data, 0, invalidation);
        assertThat(hex(data)).isEqualTo("0070000000000000" + "0300000000000000" + "01000000" + "00000000");
        assertThat(FirstStageData.invalidation(data, 0, ControlRecord.VTD_S1)).isEqualTo(invalidation);

        data.put(20, (byte) 1);
        assertThatThrownBy(() -> FirstStageData.firstStage(data, 0, ControlRecord.VTD_S1))
                .hasMessageContaining("reserved");
        assertThatThrownBy(() -> FirstStageData.invalidation(data, 0, ControlRecord.VTD_S1))
                .hasMessageContaining("reserved");
    }

    @Test
    void structuresOfSmmuv3AreTheKernels() {
        ByteBuffer data = ByteBuffer.allocate(FirstStageData.SMMUV3_SIZE);
        FirstStageData.put(data, 0, new Smmuv3FirstStage(0x0102, 0x0304));
        assertThat(hex(data)).isEqualTo("0201000000000000" + "0403000000000000");
        assertThat(FirstStageData.firstStage(data, 0, ControlRecord.ARM_SMMUV3))
                .isEqualTo(new Smmuv3FirstStage(0x0102, 0x0304));
        FirstStageData.put(data, 0, new Smmuv3Invalidation(0x11, 0x2000));
        assertThat(FirstStageData.invalidation(data, 0, ControlRecord.ARM_SMMUV3))
                .isEqualTo(new Smmuv3Invalidation(0x11, 0x2000));
        assertThat(FirstStageData.type(new Smmuv3Invalidation(0, 0))).isEqualTo(ControlRecord.ARM_SMMUV3);
        assertThat(FirstStageData.type(new VtdFirstStage(0, 0, 48))).isEqualTo(ControlRecord.VTD_S1);
        assertThatThrownBy(() -> FirstStageData.size(3)).hasMessageContaining("got 3");
    }
}
