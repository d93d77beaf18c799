// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.Input;
import io.pgfault.cli.internal.console.Progress;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RawRecord;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.log.FaultLog;
import io.pgfault.trace.log.LogFiles;
import io.pgfault.trace.log.UndecodedLine;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code iopf decode}: what kernel logs and raw records say, in words. */
@Command(
        name = "decode",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        usageHelpWidth = 110,
        description = "Tells what kernel logs and raw records say about IOMMU faults, and what probably went wrong.",
        footer = {
            "",
            "Examples:",
            "  dmesg | iopf decode -",
            "  iopf decode --json /var/log/kern.log",
            "  iopf decode --raw evtq kern.log | iopf replay --format evtq -",
            "",
            "Given these five lines of a log,",
            "",
            "  [382663.191495] arm-smmu-v3 arm-smmu-v3.2.auto: event 0x10 received:",
            "  [382663.336320] arm-smmu-v3 arm-smmu-v3.2.auto:  0x0000350100000010",
            "  [382663.349860] arm-smmu-v3 arm-smmu-v3.2.auto:  0x000002088000003f",
            "  [382663.362217] arm-smmu-v3 arm-smmu-v3.2.auto:  0x00000000a50e0800",
            "  [382663.370690] arm-smmu-v3 arm-smmu-v3.2.auto:  0x0000000000000000",
            "",
            "iopf decode says",
            "",
            "  SMMUv3 event of stream 0x3501",
            "    what     F_TRANSLATION: nothing is mapped at the address",
            "    where    0xa50e0800",
            "    access   read, unprivileged",
            "    answer   recoverable: the transaction is stalled until it is resumed",
            "    fields   event_id=0x10 sid=0x3501 stall=true stag=0x3f stage=1",
            "    words    0x0000350100000010 0x000002088000003f 0x00000000a50e0800 0x0000000000000000",
            "    line     1",
            "    likely   stale DMA after unmap: the buffer was freed while the device still used it (input_addr)",
            "    next     trace map and unmap (events iommu:map, iommu:unmap) around this address; see whether the",
            "             driver stops the device before it unmaps",
            "",
            "Exit codes: 0 the input was read (a log without faults is one), 1 something broke,",
            "2 bad usage or unreadable input."
        })
public final class DecodeCommand implements Callable<Integer> {
    private static final int MAX_UNDECODED = 20;

    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "FILE|-",
            description =
                    "Logs, traces or dumps of rings, directories, archives (tar), compressed (gzip, xz, zstd) or not;"
                            + " - is standard input.")
    private List<Path> files;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "auto",
            description = "auto, text, prq, evtq or priq (default: ${DEFAULT-VALUE}, by content and name).")
    private String formatName;

    @Option(names = "--json", description = "One JSON object per record and line.")
    private boolean json;

    @Option(
            names = "--raw",
            paramLabel = "RING",
            description =
                    "Write the raw records of a ring, prq, evtq or priq, that iopf replay can answer: stalled events"
                            + " and page requests.")
    private String rawName;

    @Option(
            names = "--color",
            paramLabel = "WHEN",
            defaultValue = "auto",
            description = "auto, always or never (default: ${DEFAULT-VALUE}, on a terminal).")
    private String color;

    private final Supplier<List<LogGrammar>> grammars;
    private long records;
    private long incomplete;
    private final List<String> undecoded = new ArrayList<>();
    private long undecodedCount;
    private final List<String> having = new ArrayList<>();
    private final List<String> passedOver = new ArrayList<>();
    private boolean manyFiles;

    /** A command that knows the built-in grammars and the ones that {@code grammars} has when the command runs. */
    public DecodeCommand(Supplier<List<LogGrammar>> grammars) {
        this.grammars = grammars;
    }

    @Override
    public Integer call() throws Exception {
        boolean colour = colour();
        TraceFormat raw = rawName == null ? null : ring("--raw", rawName);
        if (raw != null && json) {
            throw new BadInput("--raw and --json both want standard output; give one");
        }
        if (!formatName.equals("auto") && !formatName.equals("text")) {
            ring("--format", formatName);
        }
        PrintWriter err = spec.commandLine().getErr();
        if (raw != null) {
            OutputStream out = new BufferedOutputStream(System.out, 1 << 16);
            long[] written = {0};
            decode(r -> written[0] += write(r, raw, out), name -> {});
            out.flush();
            if (written[0] == 0) {
                err.printf("iopf: no %s record that can be answered in %s%n", raw.cliName(), names());
            }
            return 0;
        }
        PrintWriter out = new PrintWriter(spec.commandLine().getOut(), false);
        manyFiles = files.size() > 1 || files.stream().anyMatch(Files::isDirectory);
        if (json) {
            DecodedJson objects = new DecodedJson(out);
            decode(objects, name -> objects.file(manyFiles ? name : ""));
            objects.flush();
        } else {
            FoldedFaults folded = new FoldedFaults();
            decode(folded, folded::file);
            if (records > 0) {
                new DecodedText(out, colour).print(folded, manyFiles);
            }
        }
        out.flush();
        conclude(err);
        return 0;
    }

    /** Says on standard error what the records don't: files that had something, lines that gave no record. */
    private void conclude(PrintWriter err) {
        for (String why : passedOver) {
            err.println("iopf: " + why);
        }
        if (manyFiles && records > 0 && !json) {
            err.println("iopf: faults in " + String.join(", ", having));
        }
        if (records > 0) {
            if (incomplete > 0 && !json) {
                err.printf("iopf: %,d of %,d records are incomplete%n", incomplete, records);
            }
            return;
        }
        err.println("iopf: no fault of a kind that iopf knows in " + names());
        if (undecodedCount > 0) {
            err.printf("iopf: %,d lines look like an IOMMU's and were not decoded:%n", undecodedCount);
            undecoded.forEach(line -> err.println("  " + line));
            if (undecodedCount > undecoded.size()) {
                err.printf("  ... and %,d more%n", undecodedCount - undecoded.size());
            }
        }
    }

    private void decode(Consumer<LogRecord> sink, Consumer<String> fileStarts) throws IOException {
        Progress progress = new Progress(spec.commandLine().getErr());
        List<LogGrammar> more = grammars.get();
        try {
            for (Path path : files) {
                boolean directory = !Input.isStandard(path) && Files.isDirectory(path);
                for (Path file : directory ? LogFiles.below(path) : List.of(path)) {
                    try (TraceFile in = Input.open(file)) {
                        decode(in, directory, more, sink, fileStarts, progress);
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

    private void decode(
            TraceFile in,
            boolean one,
            List<LogGrammar> more,
            Consumer<LogRecord> sink,
            Consumer<String> fileStarts,
            Progress progress)
            throws IOException {
        byte[] head = in.head();
        if (LogFiles.isArchive(head)) {
            manyFiles = true;
            LogFiles.each(in, file -> decode(file, true, more, sink, fileStarts, progress));
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
        if (auto && one && isBinary(head) && !isDump(in.name())) {
            return;
        }
        fileStarts.accept(in.name());
        long before = records;
        FaultLog log = new FaultLog(
                record -> {
                    records++;
                    incomplete += record.complete() ? 0 : 1;
                    sink.accept(record);
                },
                more);
        try {
            read(log, in, () -> progress.at(in, records));
        } finally {
            if (records > before) {
                having.add(in.name());
            }
        }
        undecodedCount += log.undecodedCount();
        for (UndecodedLine line : log.undecoded()) {
            if (undecoded.size() < MAX_UNDECODED) {
                undecoded.add((manyFiles ? in.name() + ":" : "line ") + line.line() + ": " + line.text() + "  ("
                        + line.reason() + ")");
            }
        }
    }

    private void read(FaultLog log, TraceFile file, Runnable progress) throws IOException {
        TraceFormat format = format(file);
        boolean cut;
        if (format.raw()) {
            cut = log.readDump(file, format, progress);
        } else {
            log.readText(file, progress);
            cut = file.cut();
        }
        if (cut) {
            spec.commandLine().getErr().println("iopf: " + file.name() + ": truncated; decoded up to there");
        }
    }

    /** Dumps are known by their names; everything else is text, if it looks like that. */
    private TraceFormat format(TraceFile file) throws IOException {
        if (!formatName.equals("auto")) {
            return formatName.equals("text") ? TraceFormat.DMESG : ring("--format", formatName);
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

    private static boolean isDump(String name) {
        String plain = name.toLowerCase(Locale.ROOT).replaceAll("\\.(gz|xz|zst)$", "");
        for (TraceFormat format : TraceFormat.values()) {
            if (format.raw() && plain.endsWith("." + format.cliName())) {
                return true;
            }
        }
        return false;
    }

    /** Logs have some control characters, those of crashed machines even runs of zeros, but never mostly. */
    private static boolean isBinary(byte[] head) {
        int control = 0;
        for (byte b : head) {
            boolean low = b >= 0 && b < ' ';
            boolean text = (b >= '\t' && b <= '\r') || b == 0x1b;
            control += low && !text ? 1 : 0;
        }
        return control > head.length / 3;
    }

    private static TraceFormat ring(String option, String name) throws BadInput {
        return TraceFormat.of(name)
                .filter(TraceFormat::raw)
                .orElseThrow(() -> new BadInput(option + " " + name + ": not one of prq, evtq, priq"
                        + (option.equals("--raw") ? "" : ", text, auto")));
    }

    private boolean colour() throws BadInput {
        return switch (color) {
            case "always" -> true;
            case "never" -> false;
            case "auto" -> Boolean.getBoolean(Colour.TERMINAL);
            default -> throw new BadInput("--color " + color + ": not one of auto, always, never");
        };
    }

    private static long write(LogRecord record, TraceFormat format, OutputStream out) {
        if (!record.recoverable()
                || record.raw().isEmpty()
                || record.raw().get().format() != format) {
            return 0;
        }
        RawRecord raw = record.raw().get();
        try {
            out.write(raw.bytes());
        } catch (IOException e) {
            throw new UncheckedIOException("standard output can't be written", e);
        }
        return 1;
    }

    private String names() {
        return String.join(", ", files.stream().map(Input::name).toList());
    }
}
