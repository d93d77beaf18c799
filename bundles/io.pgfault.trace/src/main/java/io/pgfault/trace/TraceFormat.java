// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.trace.internal.AccessCode;
import io.pgfault.trace.internal.LackeyLine;
import io.pgfault.trace.internal.recorded.RecordingCode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a trace file holds. */
public enum TraceFormat {
    /**
     * Page request queue of VT-d: page request descriptors of 32 bytes, back to back (VT-d 4.1 §7.5).
     */
    PRQ(32),
    /** Event queue of SMMUv3: event records of 32 bytes, back to back (IHI 0070 F.b §7.3). */
    EVTQ(32),
    /** PRI queue of SMMUv3: page requests of 16 bytes, back to back (IHI 0070 F.b §8.1). */
    PRIQ(16),
    /** Text of the kernel's tracing, with the events {@code prq_report} of VT-d. */
    FTRACE(0),
    /** Text of the kernel's log, with the raw events of SMMUv3. */
    DMESG(0),
    /** Memory accesses of a program, as Valgrind's lackey tool traces them. */
    LACKEY(0),
    /** Text of the kernel's tracing, with page faults of programs or of devices: see {@link PageFaultReader}. */
    FAULTS(0),
    /** A list of addresses: see {@link AddressListReader}. */
    ADDRESSES(0),
    /** Memory accesses in a compact binary form: see {@link AccessFileWriter}. */
    IOPF(0),
    /** What the hardware of units wrote, with its time: see {@code io.pgfault.trace.recording}. */
    RECORDING(0);

    private static final byte[] PRQ_REPORT = "prq_report:".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] USER_FAULT = PageFaultReader.EVENTS[0].getBytes(StandardCharsets.US_ASCII);
    private static final byte[] IO_FAULT = PageFaultReader.EVENTS[1].getBytes(StandardCharsets.US_ASCII);

    private static final byte[] EVENT = "event 0x".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] RECEIVED = " received:".getBytes(StandardCharsets.US_ASCII);

    private final int recordSize;

    TraceFormat(int recordSize) {
        this.recordSize = recordSize;
    }

    /** The format's name on the command line, which is also the name of the unit's ring for a raw format. */
    public String cliName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether this is a dump of a hardware queue: records back to back, exactly as in the ring. */
    public boolean raw() {
        return recordSize > 0;
    }

    /** Whether this holds the accesses of a program, for a device to make; else it holds faults. */
    public boolean accesses() {
        return switch (this) {
            case LACKEY, FAULTS, ADDRESSES, IOPF -> true;
            case PRQ, EVTQ, PRIQ, FTRACE, DMESG, RECORDING -> false;
        };
    }

    /** Size of a record in bytes, 0 unless {@link #raw}. */
    public int recordSize() {
        return recordSize;
    }

    /** The format of that name on the command line. */
    public static Optional<TraceFormat> of(String cliName) {
        return Arrays.stream(values()).filter(f -> f.cliName().equals(cliName)).findFirst();
    }

    /** The formats' names on the command line, for help and messages. */
    public static String cliNames() {
        return Arrays.stream(values()).map(TraceFormat::cliName).collect(Collectors.joining(", "));
    }

    /**
     * Finds out what a file holds. Text speaks for itself: lines of lackey, {@code prq_report} events, other page
     * faults, raw events of SMMUv3 in a kernel log, or nothing but addresses; an {@code iopf} file and a recording have
     * a mark at their start. A binary file is what the extension of its name says ({@code .prq}, {@code .evtq}, {@code
     * .priq}, {@code .gz} behind it set aside), because no byte of a ring says which kind of ring it is. Reads nothing
     * that {@link TraceFile#read} doesn't give again.
     *
     * @throws UnreadableInput if the file is empty or damaged, or if name and content leave it open or contradict each
     *     other
     */
    public static TraceFormat detect(TraceFile file) throws UnreadableInput {
        byte[] head = file.head();
        if (head.length == 0) {
            throw UnreadableInput.atOffset(
                    file.name(), 0, file.cut() ? "the gzip data ends at once, the file is truncated" : "is empty");
        }
        Optional<TraceFormat> marked = marked(head);
        if (marked.isPresent()) {
            return marked.get();
        }
        Optional<TraceFormat> named = byExtension(file.name());
        // A file of that name that lacks the mark is damaged: the reader says so.
        if (named.equals(Optional.of(RECORDING))) {
            return RECORDING;
        }
        boolean text = isText(head);
        Optional<TraceFormat> found = text ? byText(head).or(() -> named.filter(f -> !f.raw())) : named;
        if (found.isPresent() && found.get().raw() != text && (named.isEmpty() || named.equals(found))) {
            return found.get();
        }
        String content =
                found.filter(f -> f.raw() != text).map(TraceFormat::cliName).orElse(text ? "text" : "binary");
        String problem = named.isPresent()
                ? "the name says " + named.get().cliName() + ", but the content is " + content
                : "neither the name nor the content (" + content + ") tells the format";
        throw UnreadableInput.of(file.name(), problem + "; say it with --format (" + candidates(text) + ")");
    }

    /** The format whose mark these first bytes of a file have: {@link #IOPF}, {@link #RECORDING}, or none. */
    public static Optional<TraceFormat> marked(byte[] head) {
        if (AccessCode.isHeader(head)) {
            return Optional.of(IOPF);
        }
        return RecordingCode.isRecording(head) ? Optional.of(RECORDING) : Optional.empty();
    }

    private static String candidates(boolean text) {
        return Stream.of(values())
                .filter(f -> f.raw() != text)
                .map(TraceFormat::cliName)
                .collect(Collectors.joining(", "));
    }

    private static Optional<TraceFormat> byExtension(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        String plain = lower.endsWith(".gz") ? lower.substring(0, lower.length() - ".gz".length()) : lower;
        return Stream.of(values())
                .filter(f -> plain.endsWith("." + f.cliName()))
                .findFirst();
    }

    private static Optional<TraceFormat> byText(byte[] head) {
        byte[] lines = Arrays.copyOf(head, head.length + 1);
        lines[head.length] = '\n';
        LackeyLine lackey = new LackeyLine();
        for (int at = 0; at < head.length; ) {
            if (lackey.parse(lines, at)) {
                return Optional.of(LACKEY);
            }
            int end = at;
            while (lines[end] != '\n') {
                end++;
            }
            if (contains(PRQ_REPORT, lines, at, end)) {
                return Optional.of(FTRACE);
            }
            if (contains(USER_FAULT, lines, at, end) || contains(IO_FAULT, lines, at, end)) {
                return Optional.of(FAULTS);
            }
            if (contains(EVENT, lines, at, end) && contains(RECEIVED, lines, at, end)) {
                return Optional.of(DMESG);
            }
            at = end + 1;
        }
        return isAddressList(head) ? Optional.of(ADDRESSES) : Optional.empty();
    }

    /** Whether the whole lines are addresses, and there is at least one. */
    private static boolean isAddressList(byte[] head) {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        boolean whole = head.length < TraceFile.HEAD_SIZE || text.indexOf('\n') < 0;
        String lines = whole ? text : text.substring(0, text.lastIndexOf('\n'));
        return lines.lines().allMatch(AddressListReader::isLine)
                && lines.lines().map(line -> line.replaceFirst("#.*", "")).anyMatch(line -> !line.isBlank());
    }

    private static boolean contains(byte[] what, byte[] bytes, int from, int to) {
        for (int i = from; i + what.length <= to; i++) {
            if (Arrays.equals(bytes, i, i + what.length, what, 0, what.length)) {
                return true;
            }
        }
        return false;
    }

    /** Text has no control characters but white space and the escapes of coloured logs; records always do. */
    private static boolean isText(byte[] head) {
        for (byte b : head) {
            if (b >= 0 && b < ' ' && (b < '\t' || b > '\r') && b != 0x1b) {
                return false;
            }
        }
        return true;
    }
}
