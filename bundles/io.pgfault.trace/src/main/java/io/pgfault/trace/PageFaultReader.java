// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.trace.internal.LineAccesses;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Page faults that a Linux kernel traced, as {@code perf script} and the file {@code trace} of tracefs print them, read
 * as the first accesses to their pages:
 *
 * <pre>
 * exceptions:page_fault_user: address=0x7f3c5d201008 ip=0x7f3c5d1f2a30 error_code=0x6
 * iommu:io_page_fault: IOMMU:[drv_name] 0000:00:1f.2 iova=0x00000000fffe0000 flags=0x0001
 * intel_iommu:prq_report: dmar0/0000:00:0a.0 seq# 1: rid=0x50 addr=0x559ef6f97 r---- pasid=0x2 index=0x1
 * </pre>
 *
 * Whatever stands before the event is ignored, and so is every other line. Bit 1 of {@code error_code} is a write
 * (SDM vol 3 §4.7); an instruction fetch counts as READ, because devices don't execute. Bit 0 of {@code flags}
 * is a write (kernel: {@code IOMMU_FAULT_WRITE}). An access has one byte: the trace tells no size.
 */
public final class PageFaultReader implements AccessSource {
    /** The events, as they stand in a line. */
    static final String[] EVENTS = {"page_fault_user:", "io_page_fault:", "prq_report:"};

    private static final Pattern USER =
            Pattern.compile("address=(?:0x)?([0-9a-f]{1,16})\\b.*error_code=(?:0x)?([0-9a-f]+)");
    private static final Pattern IOMMU = Pattern.compile("iova=(?:0x)?([0-9a-f]{1,16})\\b.*flags=(?:0x)?([0-9a-f]+)");
    private static final Pattern PRQ = Pattern.compile("addr=(?:0x)?([0-9a-f]{1,13}) ([-r])([-w])");
    private static final int ERROR_WRITE = 1 << 1;
    private static final int FLAG_WRITE = 1 << 0;

    private final Matcher user = USER.matcher("");
    private final Matcher iommu = IOMMU.matcher("");
    private final Matcher prq = PRQ.matcher("");

    private final LineAccesses lines;

    /** Reads {@code file}, from its start, and closes it in the end. */
    public PageFaultReader(TraceFile file) {
        this.lines = new LineAccesses(file, "event page_fault_user, io_page_fault or prq_report");
    }

    private boolean read(String text) {
        if (text.contains(EVENTS[0])) {
            return user.reset(text).find() && take(user, ERROR_WRITE);
        }
        if (text.contains(EVENTS[1])) {
            return iommu.reset(text).find() && take(iommu, FLAG_WRITE);
        }
        if (text.contains(EVENTS[2]) && prq.reset(text).find()) {
            int needs = (prq.group(2).equals("r") ? Permissions.READ : 0)
                    | (prq.group(3).equals("w") ? Permissions.WRITE : 0);
            // Neither read nor write: a stop marker, or a request for an execute alone.
            return needs != 0 && lines.take(Long.parseUnsignedLong(prq.group(1), 16) << Translation.PAGE_SHIFT, needs);
        }
        return false;
    }

    private boolean take(Matcher found, int write) {
        String flags = found.group(2);
        int low = Integer.parseInt(flags.substring(Math.max(0, flags.length() - 4)), 16);
        return lines.take(
                Long.parseUnsignedLong(found.group(1), 16), (low & write) != 0 ? Permissions.WRITE : Permissions.READ);
    }

    @Override
    public boolean next() throws UnreadableInput {
        return lines.next(this::read);
    }

    @Override
    public int permissions() {
        return lines.permissions();
    }

    @Override
    public long address() {
        return lines.address();
    }

    /** Returns 1, the size of every access of this source, in bytes. */
    @Override
    public int size() {
        return 1;
    }

    @Override
    public long line() {
        return lines.line();
    }

    @Override
    public long accesses() {
        return lines.accesses();
    }

    @Override
    public String name() {
        return lines.name();
    }

    @Override
    public void close() throws IOException {
        lines.close();
    }
}
