// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.Input;
import io.pgfault.cli.internal.console.Progress;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.log.FaultLog;
import io.pgfault.trace.log.LogFiles;
import io.pgfault.trace.log.UndecodedLine;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The files, directories and archives that a command line names, read one after the other. One thread. */
final class DecodeInput {
    private static final int MAX_UNDECODED = 20;

    private final List<Path> files;
    private final String formatName;
    private final List<LogGrammar> grammars;
    private final DecodedOutput output;
    private final PrintWriter err;
    private final List<String> undecoded = new ArrayList<>();
    private final List<String> having = new ArrayList<>();
    private final List<String> passedOver = new ArrayList<>();
    private boolean many;
    private long records;
    private long incomplete;
    private long suppressed;
    private long undecodedCount;

    /**
     * The input of a command.
     *
     * @param formatName {@code auto}, {@code text}, or the name of a ring
     * @param grammars grammars beside the built-in ones
     * @param output gets the records
     */
    DecodeInput(List<Path> files, String formatName, List<LogGrammar> grammars, DecodedOutput output, PrintWriter err) {
        this.files = files;
        this.formatName = formatName;
        this.grammars = grammars;
        this.output = output;
        this.err = err;
        this.many = files.size() > 1 || files.stream().anyMatch(Files::isDirectory);
    }

    /** Reads everything. */
    void read() throws IOException {
        Progress progress = new Progress(err);
        try {
            for (Path path : files) {
                boolean directory = !Input.isStandard(path) && Files.isDirectory(path);
                for (Path file : directory ? LogFiles.below(path) : List.of(path)) {
                    try (TraceFile in = Input.open(file)) {
                        read(in, directory, progress);
                    } catch (UnreadableInput e) {
                        if (!directory) {
                            throw e;
                        }
                        passedOver.add(e.getMessage());
                    }
                }
            }
        } finally {
            progress.done();
        }
    }

    private void read(TraceFile in, boolean one, Progress progress) throws IOException {
        byte[] head = in.head();
        if (LogFiles.isArchive(head)) {
            many = true;
            LogFiles.each(in, file -> read(file, true, progress));
            return;
        }
        boolean auto = formatName.equals("auto");
        if (auto && FaultLog.isSource(head)) {
            if (!one) {
                passedOver.add(in.name() + " is the source of a program or of a documentation, no log; --format text"
                        + " decodes it all the same");
            }
            return;
        }
        if (auto && one && isBinary(head) && !isDump(in.name()) && !isRecording(head)) {
            return;
        }
        output.file(in.name(), many);
        long before = records;
        FaultLog log = new FaultLog(this::accept, grammars);
        try {
            read(log, in, () -> progress.at(in, records));
        } finally {
            if (records > before) {
                having.add(in.name());
            }
        }
        suppressed += log.suppressed();
        undecodedCount += log.undecodedCount();
        for (UndecodedLine line : log.undecoded()) {
            if (undecoded.size() < MAX_UNDECODED) {
                undecoded.add((many ? in.name() + ":" : "line ") + line.line() + ": " + line.text() + "  ("
                        + line.reason() + ")");
            }
        }
    }

    private void accept(LogRecord record) {
        records++;
        incomplete += record.complete() ? 0 : 1;
        output.accept(record);
    }

    private void read(FaultLog log, TraceFile file, Runnable progress) throws IOException {
        TraceFormat format = format(file);
        boolean cut;
        if (format.raw()) {
            cut = log.readDump(file, format, progress);
        } else if (format == TraceFormat.RECORDING) {
            cut = log.readRecording(file, progress);
        } else {
            log.readText(file, progress);
            cut = file.cut();
        }
        if (cut) {
            err.println("iopf: " + file.name() + ": truncated; decoded up to there");
        }
    }

    /** A dump of a ring is known by its name. Every other file is text, if its first bytes look like text. */
    private TraceFormat format(TraceFile file) throws IOException {
        if (!formatName.equals("auto")) {
            return formatName.equals("text")
                    ? TraceFormat.DMESG
                    : TraceFormat.of(formatName).orElseThrow();
        }
        if (isRecording(file.head())) {
            return TraceFormat.RECORDING;
        }
        if (isDump(file.name())) {
            return TraceFormat.detect(file);
        }
        if (isBinary(file.head())) {
            throw new BadInput(file.name() + ": is binary; if it is a dump of a ring, say which with --format"
                    + " (prq, evtq, priq), if it is a damaged log, give --format text");
        }
        return TraceFormat.DMESG;
    }

    private static boolean isRecording(byte[] head) {
        return TraceFormat.marked(head).equals(Optional.of(TraceFormat.RECORDING));
    }

    private static boolean isDump(String name) {
        String plain = name.toLowerCase(Locale.ROOT).replaceAll("\\.(gz|xz|zst)$", "");
        for (TraceFormat format : TraceFormat.values()) {
            if (format.raw() && plain.endsWith("." + format.cliName())) {
                return true;
            }
        }
        return false;
    }

    /**
     * A log may have control characters, and the log of a crashed machine even runs of zeros; but most of its bytes are
     * text.
     */
    private static boolean isBinary(byte[] head) {
        int control = 0;
        for (byte b : head) {
            boolean low = b >= 0 && b < ' ';
            boolean text = (b >= '\t' && b <= '\r') || b == 0x1b;
            control += low && !text ? 1 : 0;
        }
        return control > head.length / 3;
    }

    /**
     * Says on standard error what the records don't: files that had something, lines that gave no record.
     *
     * @param forPeople whether the records were written for people; programs have the fields
     */
    void conclude(boolean forPeople) {
        for (String why : passedOver) {
            err.println("iopf: " + why);
        }
        if (many && records > 0 && forPeople) {
            err.println("iopf: faults in " + String.join(", ", having));
        }
        if (suppressed > 0) {
            err.printf(
                    Locale.ROOT,
                    "iopf: the kernel suppressed %,d messages: there were more faults than the log has%n",
                    suppressed);
        }
        if (records > 0) {
            if (incomplete > 0 && forPeople) {
                err.printf(Locale.ROOT, "iopf: %,d of %,d records are incomplete%n", incomplete, records);
            }
            return;
        }
        err.println("iopf: no fault of a kind that iopf knows in " + names());
        if (undecodedCount > 0) {
            err.printf(
                    Locale.ROOT,
                    "iopf: %,d line%s an IOMMU's and %s not decoded:%n",
                    undecodedCount,
                    undecodedCount == 1 ? " looks like" : "s look like",
                    undecodedCount == 1 ? "was" : "were");
            undecoded.forEach(line -> err.println("  " + line));
            if (undecodedCount > undecoded.size()) {
                err.printf(Locale.ROOT, "  ... and %,d more%n", undecodedCount - undecoded.size());
            }
        }
    }

    /** The names of the files, for messages. */
    String names() {
        return String.join(", ", files.stream().map(Input::name).toList());
    }
}
