// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import java.util.Map;

/** What the names of events mean, in a few words. */
final class CodeText {
    private static final Map<String, String> WORDS = Map.ofEntries(
            // SMMUv3: IHI 0070, 7.3
            Map.entry("F_UUT", "a transaction of a kind that the unit doesn't support"),
            Map.entry("C_BAD_STREAMID", "the stream id is beyond the stream table, or has no entry there"),
            Map.entry("F_STE_FETCH", "the stream table entry can't be read"),
            Map.entry("C_BAD_STE", "the stream table entry is invalid"),
            Map.entry("F_BAD_ATS_TREQ", "an ATS translation request where none is allowed"),
            Map.entry("F_STREAM_DISABLED", "the stream doesn't take transactions without a substream id"),
            Map.entry("F_TRANSL_FORBIDDEN", "a translated transaction where none is allowed"),
            Map.entry("C_BAD_SUBSTREAMID", "the substream id is beyond the stream's table, or not allowed"),
            Map.entry("F_CD_FETCH", "the context descriptor can't be read"),
            Map.entry("C_BAD_CD", "the context descriptor is invalid"),
            Map.entry("F_WALK_EABT", "the translation tables can't be read"),
            Map.entry("F_TRANSLATION", "nothing is mapped at the address"),
            Map.entry("F_ADDR_SIZE", "the address that came out of the tables is too large"),
            Map.entry("F_ACCESS", "the page's access flag is clear"),
            Map.entry("F_PERMISSION", "the page doesn't grant this access"),
            Map.entry("F_TLB_CONFLICT", "two cached translations contradict each other"),
            Map.entry("F_CFG_CONFLICT", "two cached configurations contradict each other"),
            Map.entry("E_PAGE_REQUEST", "a hint that the page will be needed"),
            Map.entry("F_VMS_FETCH", "the virtual machine structure can't be read"),
            // AMD I/O virtualization specification, 2.5
            Map.entry("IO_PAGE_FAULT", "the page isn't mapped, or doesn't grant this access"),
            Map.entry("ILLEGAL_DEV_TABLE_ENTRY", "the device table entry is invalid"),
            Map.entry("DEV_TAB_HARDWARE_ERROR", "the device table can't be read"),
            Map.entry("PAGE_TAB_HARDWARE_ERROR", "the page tables can't be read"),
            Map.entry("ILLEGAL_COMMAND_ERROR", "the unit doesn't understand a command"),
            Map.entry("COMMAND_HARDWARE_ERROR", "the command buffer can't be read"),
            Map.entry("IOTLB_INV_TIMEOUT", "the device didn't answer an invalidation of its address cache"),
            Map.entry("INVALID_DEVICE_REQUEST", "a request of a kind that this device may not make"),
            Map.entry("INVALID_PPR_REQUEST", "a page request that isn't allowed"),
            Map.entry("RMP_HW_ERROR", "the reverse map table can't be read"),
            Map.entry("RMP_HARDWARE_ERROR", "the reverse map table can't be read"),
            Map.entry("RMP_PAGE_FAULT", "the reverse map table doesn't allow this access"));

    private CodeText() {}

    /** The name with its meaning, if it has one. */
    static String explained(String event) {
        String words = WORDS.get(event);
        return words == null ? event : event + ": " + words;
    }
}
