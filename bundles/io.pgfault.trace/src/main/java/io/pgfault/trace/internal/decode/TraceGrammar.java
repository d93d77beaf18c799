// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import io.pgfault.api.Pasid;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The trace events of IOMMU drivers and of the kernel's IOMMU core. {@code addr} of a page request is a page frame number:
 *
 * <pre>
 * prq_report: dmar0/0000:00:0a.0 seq# 1: rid=0x50 addr=0x559ef6f97 r---- pasid=0x2 index=0x1
 * qi_submit: iotlb_inv dmar1: 0x100e2 0x0 0x0 0x0
 * io_page_fault: IOMMU:ath12k_pci 0000:c2:00.0 iova=0x00000000fe980000 flags=0x0001
 * </pre>
 */
final class TraceGrammar implements Grammar {
    private static final Pattern START = Pattern.compile("\\b(?:prq_report|qi_submit|io_page_fault):");
    private static final Pattern UNIT = Pattern.compile("(\\w+)/");
    private static final Pattern DEVICE =
            Pattern.compile("((?:[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]|[\\w.@-]+)) ");
    private static final Pattern LETTERS = Pattern.compile("([-r])([-w])([-x])([-p])([-l]) ");
    private static final Pattern DESCRIPTOR = Pattern.compile("([a-z_]+) (\\w+):");
    private static final Pattern DRIVER_AND_DEVICE =
            Pattern.compile("(\\S+) ((?:[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]|[\\w.@-]+)) ");
    private static final int PAGE_SHIFT = 12;
    private static final int FRAME_BITS = 52;
    private static final int PASID_BITS = 20;

    @Override
    public int find(String text, int from) {
        Matcher m = START.matcher(text);
        return m.find(from) ? m.start() : -1;
    }

    @Override
    public Reading read(String text, int start) {
        Scan scan = new Scan(text, text.indexOf(':', start) + 1);
        return switch (text.charAt(start)) {
            case 'p' -> pageRequest(scan);
            case 'q' -> submitted(scan);
            default -> fault(scan);
        };
    }

    private static Reading pageRequest(Scan scan) {
        Draft draft = new Draft(RecordType.PRQ_REPORT).recoverable(true);
        Matcher unit = scan.match(UNIT);
        Matcher device = scan.match(DEVICE);
        if (device != null) {
            draft.text("iommu", unit.group(1)).text("dev", device.group(1)).device(device.group(1));
        }
        scan.literal("seq#");
        long sequence = scan.decimal();
        scan.literal(":").literal("rid=");
        if (scan.ok()) {
            draft.number("seq", sequence);
        }
        long rid = scan.hex();
        scan.literal("addr=");
        if (scan.ok()) {
            draft.hex("rid", rid);
        }
        long frame = scan.hex();
        Matcher letters = scan.match(LETTERS);
        scan.literal("pasid=");
        if (scan.ok()) {
            draft.hex("addr", frame << PAGE_SHIFT)
                    .flag("read", set(letters, 1))
                    .flag("write", set(letters, 2))
                    .flag("exec", set(letters, 3))
                    .flag("priv", set(letters, 4))
                    .flag("last", set(letters, 5));
        }
        long pasid = scan.hex();
        scan.literal("index=");
        if (scan.ok()) {
            draft.hex("pasid", pasid);
        }
        long index = scan.lastHex(3);
        if (!scan.ok()
                || rid >>> 16 != 0
                || frame >>> FRAME_BITS != 0
                || pasid >>> PASID_BITS != 0
                || Long.compareUnsigned(index, PageRequestDescriptor.PRG_INDEX_MAX) > 0) {
            scan.reject();
            return Reading.of(scan, draft);
        }
        boolean hasData = scan.take("private=");
        long data0 = 0;
        long data1 = 0;
        if (hasData) {
            draft.hex("prg_index", index);
            data0 = scan.hex();
            scan.literal("/");
            data1 = scan.lastHex(16);
            if (scan.ok()) {
                draft.text("private", "0x%x/0x%x".formatted(data0, data1));
            }
        } else {
            draft.hex("prg_index", index);
        }
        if (scan.ok()) {
            draft.raw(
                    TraceFormat.PRQ,
                    PageRequestDescriptor.word0(
                            (int) rid,
                            pasid == 0 ? Pasid.NONE : (int) pasid,
                            set(letters, 3),
                            set(letters, 4),
                            hasData),
                    PageRequestDescriptor.word1(
                            set(letters, 1), set(letters, 2), set(letters, 5), (int) index, frame << PAGE_SHIFT),
                    data0,
                    data1);
        }
        return Reading.of(scan, draft);
    }

    private static boolean set(Matcher letters, int group) {
        return !letters.group(group).equals("-");
    }

    private static Reading submitted(Scan scan) {
        Draft draft = new Draft(RecordType.QI_SUBMIT);
        Matcher m = scan.match(DESCRIPTOR);
        for (int i = 0; i < 3; i++) {
            scan.hex();
        }
        scan.lastHex(1);
        if (m != null) {
            draft.text("iommu", m.group(2)).text("desc", m.group(1)).device(m.group(2));
        }
        return Reading.of(scan, draft);
    }

    private static Reading fault(Scan scan) {
        Draft draft = new Draft(RecordType.IO_PAGE_FAULT);
        scan.literal("IOMMU:");
        Matcher m = scan.match(DRIVER_AND_DEVICE);
        scan.literal("iova=");
        if (scan.ok()) {
            draft.text("device", m.group(2)).device(m.group(2));
        }
        long iova = scan.hex();
        scan.literal("flags=");
        if (scan.ok()) {
            draft.hex("iova", iova);
        }
        long flags = scan.lastHex(4);
        return Reading.of(scan, scan.ok() ? draft.hex("flags", flags, 4) : draft);
    }
}
