// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.trace.TraceFormat;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RawRecord;
import io.pgfault.trace.grammar.LogGrammar;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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
            "  iopf decode --summary --plot faults.svg /var/log/kern.log",
            "  iopf decode --format table sosreport.tar.xz",
            "  iopf decode --explain C_BAD_STE",
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
    /** How records are written. */
    private static final List<String> OUTPUTS = List.of("blocks", "table", "json");

    private static final String SCHEMA = "decode.schema.json";

    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "FILE|-",
            description =
                    "Logs, traces or dumps of rings, directories, archives (tar), compressed (gzip, xz, zstd) or not;"
                            + " - is standard input.")
    private List<Path> files = List.of();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "Of the input: auto, text, prq, evtq or priq (default: auto, by content and name). Of the"
                    + " output: blocks, table or json (default: blocks). May be given for both.")
    private List<String> formats = List.of();

    @Option(names = "--json", description = "One JSON object per record and line, as --format json.")
    private boolean json;

    @Option(
            names = "--summary",
            description = "Who faulted, how often, first and last, how fast, and what to do first.")
    private boolean summary;

    @Option(
            names = "--plot",
            paramLabel = "FILE",
            description = "Also draw the faults over time and address, as .svg or .png.")
    private String plot;

    @Option(
            names = "--explain",
            paramLabel = "WORDS",
            description = "Explain an event, a reason, a bit or a message without a log, such as C_BAD_STE,"
                    + " \"fault reason 0x6\", fsr=0x402 or \"Unhandled context fault\".")
    private String explain;

    @Option(names = "--schema", description = "Print the JSON Schema of --json.")
    private boolean schema;

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

    /** A command that knows the built-in grammars and the ones that {@code grammars} has when the command runs. */
    public DecodeCommand(Supplier<List<LogGrammar>> grammars) {
        this.grammars = grammars;
    }

    @Override
    public Integer call() throws Exception {
        boolean colour = colour();
        PrintWriter out = new PrintWriter(spec.commandLine().getOut(), false);
        if (explain != null) {
            ExplainedTerms.print(explain, out, colour);
            return 0;
        }
        if (schema) {
            printSchema(out);
            return 0;
        }
        if (files.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "Missing required parameter: 'FILE|-'");
        }
        String input = "auto";
        String output = json ? "json" : "blocks";
        for (String format : formats) {
            if (OUTPUTS.contains(format)) {
                output = format;
            } else {
                input = format;
            }
        }
        if (!input.equals("auto") && !input.equals("text")) {
            ring("--format", input);
        }
        if (rawName != null && (output.equals("json") || summary || plot != null)) {
            throw new BadInput(
                    "--raw and --json, --summary or --plot both want standard output or all records; give one");
        }
        PrintWriter err = spec.commandLine().getErr();
        if (rawName != null) {
            return raw(ring("--raw", rawName), input, err);
        }
        DecodedOutput records = summary
                ? new DecodedSummary(out, colour)
                : switch (output) {
                    case "json" -> new DecodedJson(out);
                    case "table" -> new DecodedTable(out, colour);
                    default -> new DecodedText(out, colour);
                };
        DecodedOutput all = plot == null ? records : new BothOutputs(records, new FaultPlot(plot));
        DecodeInput in = new DecodeInput(files, input, grammars.get(), all, err);
        in.read();
        all.finish();
        out.flush();
        in.conclude(summary || !output.equals("json"));
        return 0;
    }

    private int raw(TraceFormat ring, String input, PrintWriter err) throws IOException {
        OutputStream out = new BufferedOutputStream(System.out, 1 << 16);
        long[] written = {0};
        DecodedOutput records = new DecodedOutput() {
            @Override
            public void accept(LogRecord record) {
                written[0] += write(record, ring, out);
            }

            @Override
            public void finish() throws IOException {
                out.flush();
            }
        };
        DecodeInput in = new DecodeInput(files, input, grammars.get(), records, err);
        in.read();
        records.finish();
        if (written[0] == 0) {
            err.printf("iopf: no %s record that can be answered in %s%n", ring.cliName(), in.names());
        }
        return 0;
    }

    private static void printSchema(PrintWriter out) throws IOException {
        try (InputStream text = DecodeCommand.class.getResourceAsStream(SCHEMA)) {
            out.print(new String(text.readAllBytes(), StandardCharsets.UTF_8));
        }
        out.flush();
    }

    private static TraceFormat ring(String option, String name) throws BadInput {
        return TraceFormat.of(name)
                .filter(TraceFormat::raw)
                .orElseThrow(() -> new BadInput(option + " " + name + ": not one of prq, evtq, priq"
                        + (option.equals("--raw") ? "" : ", text, auto, blocks, table, json")));
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
}
