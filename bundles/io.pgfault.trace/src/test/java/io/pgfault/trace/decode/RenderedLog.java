// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Random records, as kernels print them, and what a decoder must find in them. */
final class RenderedLog {
    /** A message of one or more lines, and the fields that it holds. */
    record Message(List<String> lines, Map<String, Object> fields) {}

    private static final String[] EVENTS = {"F_TRANSLATION", "F_ADDR_SIZE", "F_ACCESS", "F_PERMISSION"};

    private final RandomGenerator random;

    RenderedLog(RandomGenerator random) {
        this.random = random;
    }

    Message message() {
        return switch (random.nextInt(15)) {
            case 0, 1 -> dma();
            case 2 -> interrupt();
            case 3, 4 -> amd();
            case 5, 6 -> smmu();
            case 7 -> pageRequest();
            case 8 -> refusedRequest();
            case 9 -> smmuRequest();
            case 10 -> oneLine();
            case 11, 12, 13 -> OtherKinds.message(random);
            default -> riscvOrTrace();
        };
    }

    /** A page request that VT-d's driver refused. */
    private Message refusedRequest() {
        int rid = random.nextInt(1 << 16);
        int pasid = random.nextInt(1 << 20);
        boolean hasPasid = random.nextBoolean();
        boolean read = random.nextBoolean();
        boolean write = random.nextBoolean();
        boolean last = random.nextBoolean();
        int index = random.nextInt(1 << 9);
        long address = page();
        long word0 = 1 | (long) rid << 16 | (hasPasid ? 1L << 8 | (long) pasid << 32 : 0);
        long word1 = address | index << 3 | (last ? 4 : 0) | (write ? 2 : 0) | (read ? 1 : 0);
        Map<String, Object> fields = fields(
                "type",
                "invalid_page_request",
                "iommu",
                "dmar3",
                "rid",
                hex(rid),
                "without_pasid",
                !hasPasid,
                "exec",
                false,
                "priv",
                false,
                "qw0",
                "0x%016x".formatted(word0),
                "read",
                read,
                "write",
                write,
                "last",
                last,
                "prg_index",
                hex(index),
                "addr",
                hex(address),
                "qw1",
                "0x%016x".formatted(word1));
        if (hasPasid) {
            fields.put("pasid", hex(pasid));
        }
        return new Message(
                List.of("DMAR: dmar3: %s: %08x %08x"
                        .formatted(hasPasid ? "Invalid page request" : "Page request without PASID", word0, word1)),
                fields);
    }

    /** A page request that SMMUv3's driver refused. */
    private Message smmuRequest() {
        long sid = random.nextInt() & 0xffff_ffffL;
        int ssid = random.nextInt(1 << 20);
        int index = random.nextInt(1 << 9);
        boolean last = random.nextBoolean();
        boolean priv = random.nextBoolean();
        boolean read = random.nextBoolean();
        boolean write = random.nextBoolean();
        boolean exec = random.nextBoolean();
        long address = page();
        return new Message(
                List.of("arm-smmu-v3 smmu.0: \tsid 0x%08x.0x%05x: [%d%s] %sprivileged %s%s%s access at iova 0x%016x"
                        .formatted(
                                sid,
                                ssid,
                                index,
                                last ? "L" : "",
                                priv ? "" : "un",
                                read ? "R" : "",
                                write ? "W" : "",
                                exec ? "X" : "",
                                address)),
                fields(
                        "type",
                        "smmuv3_pri",
                        "sid",
                        hex(sid),
                        "ssid",
                        hex(ssid),
                        "prg_index",
                        hex(index),
                        "last",
                        last,
                        "privilege",
                        priv ? "priv" : "unpriv",
                        "read",
                        read,
                        "write",
                        write,
                        "exec",
                        exec,
                        "input_addr",
                        hex(address)));
    }

    /** What has few fields. */
    private Message oneLine() {
        int sid = random.nextInt(1 << 16);
        long word0 = random.nextLong() >>> random.nextInt(60);
        long word1 = random.nextLong() >>> random.nextInt(60);
        int tag = random.nextInt(1 << 10);
        String device = "0000:" + function();
        return switch (random.nextInt(8)) {
            case 0 ->
                new Message(
                        List.of("DMAR: VT-d detected Invalidation Time-out Error: SID %x".formatted(sid)),
                        fields("type", "invalidation_error", "error", "timeout", "sid", hex(sid)));
            case 1 ->
                new Message(
                        List.of("DMAR: QI PRIOR: Invalidation Wait qw0 = 0x%x, qw1 = 0x%x".formatted(word0, word1)),
                        fields(
                                "type",
                                "invalidation_descriptor",
                                "position",
                                "prior",
                                "desc",
                                "Invalidation Wait",
                                "qw0",
                                hex(word0),
                                "qw1",
                                hex(word1)));
            case 2 ->
                new Message(
                        List.of("qi_submit: iotlb_inv dmar1: 0x%x 0x%x 0x0 0x0".formatted(word0, word1)),
                        fields("type", "qi_submit", "iommu", "dmar1", "desc", "iotlb_inv"));
            case 3 ->
                new Message(
                        List.of(
                                "AMD-Vi: PPR logged [Invalid request format (device=%s pasid=0x%05x address=0x%x flags=0x%04x tag=0x%03x]"
                                        .formatted(device, 1 + sid, word0, tag, tag)),
                        fields(
                                "type",
                                "amd_ppr",
                                "problem",
                                "Invalid request format",
                                "device",
                                device,
                                "pasid",
                                hex(1 + sid),
                                "address",
                                hex(word0),
                                "flags",
                                "0x%04x".formatted(tag),
                                "tag",
                                hex(tag)));
            case 4 ->
                new Message(
                        List.of(
                                "nvme %s: AMD-Vi: Event logged [RMP_PAGE_FAULT vmg_tag=0x%04x, gpa=0x%x, flags_rmp=0x%04x, flags=0x%04x]"
                                        .formatted(device, sid, word0, tag & 0xff, tag)),
                        fields(
                                "type",
                                "amd_event",
                                "event",
                                "RMP_PAGE_FAULT",
                                "device",
                                device,
                                "vmg_tag",
                                hex(sid),
                                "gpa",
                                hex(word0),
                                "flags_rmp",
                                "0x%04x".formatted(tag & 0xff),
                                "flags",
                                "0x%04x".formatted(tag)));
            case 5 ->
                new Message(
                        List.of("arm-smmu-v3 smmu.0: unexpected global error reported (0x%08x), this could be serious"
                                .formatted(tag)),
                        fields("type", "smmuv3_gerror", "unit", "smmu.0", "status", "0x%08x".formatted(tag)));
            case 6 ->
                new Message(
                        List.of("AMD-Vi: IOMMU event log overflow"),
                        fields("type", "queue_overflow", "queue", "event"));
            default ->
                new Message(
                        List.of("DMAR: DRHD: handling fault status reg %x".formatted(tag)),
                        fields("type", "fault_status", "status", hex(tag)));
        };
    }

    private String function() {
        return "%02x:%02x.%d".formatted(random.nextInt(256), random.nextInt(32), random.nextInt(8));
    }

    private long page() {
        return random.nextLong() >>> random.nextInt(16, 60) & ~0xfffL;
    }

    private static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return fields;
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }

    private Message dma() {
        boolean read = random.nextBoolean();
        String bdf = function();
        long address = page();
        int code = random.nextBoolean() ? 5 + random.nextInt(2) : 0x71;
        String name = code == 5
                ? "PTE Write access is not set"
                : code == 6 ? "PTE Read access is not set" : "SM: Present bit in first-level paging entry is clear";
        boolean hasPasid = random.nextBoolean();
        int pasid = random.nextInt(1 << 20);
        String kind = read ? "Read" : "Write";
        Map<String, Object> fields = fields(
                "type",
                "dma_fault",
                "access",
                read ? "read" : "write",
                "bdf",
                bdf,
                "addr",
                hex(address),
                "reason_code",
                "0x%02x".formatted(code),
                "reason_name",
                name);
        int form = random.nextInt(5);
        if (hasPasid && form >= 2) {
            fields.put("pasid", hex(pasid));
        }
        String reason = "[fault reason %02d] %s".formatted(code, name);
        String at = "Request device [" + bdf + "] ";
        return new Message(
                switch (form) {
                    case 0 -> List.of("DMAR:[DMA %s] %sfault addr %x ".formatted(kind, at, address), "DMAR:" + reason);
                    case 1 -> List.of("DMAR: [DMA %s] %sfault addr %x %s".formatted(kind, at, address, reason));
                    case 2 ->
                        List.of("DMAR: [DMA %s] %sPASID %x fault addr %x %s"
                                .formatted(kind, at, hasPasid ? pasid : -1, address, reason));
                    case 3 ->
                        List.of("DMAR: [DMA %s %s] Request device [0x%s:0x%s] fault addr 0x%x [fault reason 0x%02x] %s"
                                .formatted(
                                        kind,
                                        hasPasid ? "PASID 0x%x".formatted(pasid) : "NO_PASID",
                                        bdf.substring(0, 2),
                                        bdf.substring(3),
                                        address,
                                        code,
                                        name));
                    default ->
                        List.of("DMAR: [DMA %s %s] %sfault addr 0x%x [fault reason 0x%02x] %s"
                                .formatted(
                                        kind,
                                        hasPasid ? "PASID 0x%x".formatted(pasid) : "NO_PASID",
                                        at,
                                        address,
                                        code,
                                        name));
                },
                fields);
    }

    private Message interrupt() {
        String bdf = function();
        int index = random.nextInt(1 << 16);
        String name = "Blocked a compatibility format interrupt request";
        Map<String, Object> fields = fields(
                "type",
                "intr_remap_fault",
                "bdf",
                bdf,
                "fault_index",
                hex(index),
                "reason_code",
                "0x25",
                "reason_name",
                name);
        return new Message(
                switch (random.nextInt(3)) {
                    case 0 ->
                        List.of(
                                "INTR-REMAP: Request device [[%s] fault index %x".formatted(bdf, index),
                                "INTR-REMAP:[fault reason 37] " + name);
                    case 1 ->
                        List.of("DMAR: [INTR-REMAP] Request device [%s] fault index %x [fault reason 37] %s"
                                .formatted(bdf, index, name));
                    default ->
                        List.of("DMAR: [INTR-REMAP] Request device [%s] fault index 0x%x [fault reason 0x25] %s"
                                .formatted(bdf, index, name));
                },
                fields);
    }

    private Message amd() {
        String device = (random.nextBoolean() ? "0000:" : "") + function();
        int domain = random.nextInt(1 << 16);
        long address = random.nextLong() >>> random.nextInt(60);
        int flags = random.nextInt(1 << 9);
        if (random.nextInt(4) == 0) {
            return new Message(
                    List.of(
                            "iommu ivhd0: AMD-Vi: Event logged [INVALID_DEVICE_REQUEST device=%s pasid=0x%05x address=0x%x flags=0x%04x]"
                                    .formatted(device, 0, address, flags)),
                    fields(
                            "type",
                            "amd_event",
                            "event",
                            "INVALID_DEVICE_REQUEST",
                            "device",
                            device,
                            "address",
                            hex(address),
                            "flags",
                            "0x%04x".formatted(flags)));
        }
        String rest = "domain=0x%04x address=0x%x flags=0x%04x]".formatted(domain, address, flags);
        String line = device.length() > 7 && random.nextBoolean()
                ? "nvme " + device + ": AMD-Vi: Event logged [IO_PAGE_FAULT " + rest
                : "AMD-Vi: Event logged [IO_PAGE_FAULT device=" + device + " " + rest;
        return new Message(
                List.of(line),
                fields(
                        "type",
                        "amd_event",
                        "event",
                        "IO_PAGE_FAULT",
                        "device",
                        device,
                        "domain",
                        hex(domain),
                        "address",
                        hex(address),
                        "flags",
                        "0x%04x".formatted(flags),
                        "access",
                        (flags & 8) != 0 ? "interrupt" : (flags & 0x20) != 0 ? "write" : "read"));
    }

    /** An event that is no access: the configuration is wrong. */
    private Message smmuConfiguration() {
        int[] ids = {0x02, 0x04, 0x06, 0x08, 0x0a};
        String[] names = {"C_BAD_STREAMID", "C_BAD_STE", "F_STREAM_DISABLED", "C_BAD_SUBSTREAMID", "C_BAD_CD"};
        int i = random.nextInt(ids.length);
        int sid = random.nextInt(1 << 16);
        String unit = "arm-smmu-v3 arm-smmu-v3.%d.auto: ".formatted(random.nextInt(3));
        List<String> lines = new ArrayList<>(List.of(
                unit + "event 0x%02x received:".formatted(ids[i]),
                unit + "\t0x%016x".formatted(ids[i] | (long) sid << 32),
                unit + "\t0x%016x".formatted(random.nextLong()),
                unit + "\t0x%016x".formatted(random.nextLong()),
                unit + "\t0x%016x".formatted(random.nextLong())));
        if (random.nextBoolean()) {
            lines.add(unit + "event: %s client: (unassigned sid) sid: 0x%x ssid: 0x0".formatted(names[i], sid));
        }
        return new Message(
                lines, fields("type", "smmuv3_event", "event", names[i], "event_id", hex(ids[i]), "sid", hex(sid)));
    }

    private Message smmu() {
        if (random.nextInt(4) == 0) {
            return smmuConfiguration();
        }
        int id = 0x10 + random.nextInt(4);
        int sid = random.nextInt(1 << 16);
        boolean stall = random.nextBoolean();
        boolean read = random.nextBoolean();
        boolean priv = random.nextBoolean();
        int stag = random.nextInt(1 << 16);
        long address = random.nextLong() >>> random.nextInt(60);
        boolean ssv = random.nextBoolean();
        int ssid = random.nextInt(1 << 20);
        long word0 = id | (long) sid << 32 | (ssv ? 1L << 11 | (long) ssid << 12 : 0);
        long word1 = stag | (stall ? 1L << 31 : 0) | (priv ? 1L << 33 : 0) | (read ? 1L << 35 : 0) | 2L << 40;
        String unit = "arm-smmu-v3 arm-smmu-v3.%d.auto: ".formatted(random.nextInt(3));
        String indent = random.nextBoolean() ? "\t" : random.nextBoolean() ? "      " : "";
        List<String> lines = new ArrayList<>(List.of(
                unit + "event 0x%02x received:".formatted(id),
                unit + indent + "0x%016x".formatted(word0),
                unit + indent + "0x%016x".formatted(word1),
                unit + indent + "0x%016x".formatted(address),
                unit + indent + "0x%016x".formatted(0)));
        if (random.nextBoolean()) {
            lines.add(unit
                    + "event: %s client: 0000:01:00.0 sid: 0x%x ssid: 0x%x iova: 0x%x ipa: 0x0"
                            .formatted(EVENTS[id - 0x10], sid, ssv ? ssid : 0, address));
            lines.add(unit
                    + "%s data %s s1 \"Input address caused fault\"%s stag: 0x%x"
                            .formatted(priv ? "priv" : "unpriv", read ? "read" : "write", stall ? " stall" : "", stag));
        }
        Map<String, Object> fields = fields(
                "type",
                "smmuv3_event",
                "event",
                EVENTS[id - 0x10],
                "event_id",
                hex(id),
                "sid",
                hex(sid),
                "stall",
                stall,
                "stag",
                hex(stag),
                "access",
                read ? "read" : "write",
                "privilege",
                priv ? "priv" : "unpriv",
                "stage",
                1L,
                "input_addr",
                hex(address));
        if (ssv) {
            fields.put("ssid", hex(ssid));
        }
        return new Message(lines, fields);
    }

    private Message pageRequest() {
        String device = "0000:" + function();
        long frame = page() >>> 12;
        int rid = random.nextInt(1 << 16);
        int pasid = random.nextInt(1 << 20);
        int index = random.nextInt(1 << 9);
        boolean last = random.nextBoolean();
        String data = random.nextBoolean() ? "" : "0x%x/0x%x".formatted(random.nextLong(), random.nextLong());
        Map<String, Object> fields = fields(
                "type",
                "prq_report",
                "iommu",
                "dmar0",
                "dev",
                device,
                "seq",
                7L,
                "rid",
                hex(rid),
                "addr",
                hex(frame << 12),
                "read",
                true,
                "write",
                true,
                "exec",
                false,
                "priv",
                false,
                "last",
                last,
                "pasid",
                hex(pasid),
                "prg_index",
                hex(index));
        if (!data.isEmpty()) {
            fields.put("private", data);
        }
        return new Message(
                List.of("prq_report: dmar0/%s seq# 7: rid=0x%x addr=0x%x rw--%s pasid=0x%x index=0x%x%s"
                        .formatted(
                                device,
                                rid,
                                frame,
                                last ? "l" : "-",
                                pasid,
                                index,
                                data.isEmpty() ? "" : " private=" + data)),
                fields);
    }

    private Message riscvOrTrace() {
        long address = random.nextLong() >>> random.nextInt(60);
        if (random.nextBoolean()) {
            int device = random.nextInt(1 << 16);
            return new Message(
                    List.of("riscv,iommu 10010000.iommu: Fault 13 devid: 0x%x iotval: %x iotval2: %x"
                            .formatted(device, address, 0)),
                    fields(
                            "type",
                            "riscv_fault",
                            "cause",
                            13L,
                            "cause_name",
                            "Read page fault",
                            "devid",
                            hex(device),
                            "iotval",
                            hex(address),
                            "iotval2",
                            "0x0"));
        }
        String device = "0000:" + function();
        return new Message(
                List.of("io_page_fault: IOMMU:nvme %s iova=0x%016x flags=0x%04x".formatted(device, address, 1)),
                fields("type", "io_page_fault", "device", device, "iova", hex(address), "flags", "0x0001"));
    }
}
