// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.paste;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.util.List;
import org.junit.jupiter.api.Test;

class PastedLogTest {
    @Test
    void aFault_isDecoded_withItsFields() throws Exception {
        JsonObject decoded = decode("[ 12.3] DMAR: [DMA Read NO_PASID] Request device [00:02.0] fault addr 0x7f001000"
                + " [fault reason 0x06] PTE Read access is not set\n");
        assertThat(decoded.getInt("count")).isEqualTo(1);
        JsonObject record = decoded.getJsonArray("records").getJsonObject(0);
        assertThat(record.getString("title")).isEqualTo("VT-d DMA fault");
        assertThat(record.getString("device")).isEqualTo("00:02.0");
        assertThat(record.getJsonObject("fields").toString()).contains("7f001000");
    }

    @Test
    void aTextWithoutFaults_isNoFault() throws Exception {
        JsonObject decoded = decode("<script>alert(1)</script>\nnothing\n");
        assertThat(decoded.getInt("count")).isZero();
        assertThat(decoded.getJsonArray("records")).isEmpty();
    }

    @Test
    void manyFaults_areCounted_andTheFirstShown() throws Exception {
        String line = "DMAR: [DMA Write NO_PASID] Request device [00:02.0] fault addr 0x1000"
                + " [fault reason 0x05] PTE Write access is not set\n";
        JsonObject decoded = decode(line.repeat(300));
        assertThat(decoded.getInt("count")).isEqualTo(300);
        assertThat(decoded.getJsonArray("records")).hasSize(200);
    }

    private static JsonObject decode(String text) throws Exception {
        return Json.createReader(new StringReader(new PastedLog(List.of()).decode(text)))
                .readObject();
    }
}
