// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Decoded records for people: a block for each record, and how often each device faulted. */
final class DecodedText implements DecodedOutput {
    /** Fields that other lines say already. */
    private static final Set<String> SAID = Set.of("reason_name", "access", "privilege", "bdf", "device", "dev");

    private final PrintWriter out;
    private final boolean colour;
    private final FoldedFaults folded = new FoldedFaults();
    private boolean many;
    private boolean any;

    DecodedText(PrintWriter out, boolean colour) {
        this.out = out;
        this.colour = colour;
    }

    @Override
    public void file(String name, boolean several) {
        folded.file(name);
        many |= several;
    }

    @Override
    public void accept(LogRecord record) {
        any = true;
        folded.accept(record);
    }

    @Override
    public void finish() {
        if (any) {
            print(folded, many);
        }
    }

    void print(FoldedFaults faults, boolean manyFiles) {
        for (FoldedFaults.Fold fold : faults.folds()) {
            print(fold, manyFiles);
        }
        if (faults.unfolded() > 0) {
            out.printf(
                    Locale.ROOT,
                    "... and %,d more records of faults that differ; --json has them all%n%n",
                    faults.unfolded());
        }
        out.println(Colour.BOLD.of("devices", colour));
        faults.devices().entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .forEach(e -> out.printf(
                        Locale.ROOT,
                        "  %-24s %,12d record%s%n",
                        e.getKey(),
                        e.getValue(),
                        e.getValue() == 1 ? "" : "s"));
        if (faults.ofOtherDevices() > 0) {
            out.printf(Locale.ROOT, "  ... and %,d more records of other devices%n", faults.ofOtherDevices());
        }
        out.flush();
    }

    private void print(FoldedFaults.Fold fold, boolean manyFiles) {
        LogRecord record = fold.first();
        String title = Colour.BOLD.of(record.type().title(), colour)
                + (record.device().equals("unknown") ? "" : " of " + Colour.BOLD.of(record.device(), colour))
                + (fold.count() == 1 ? "" : String.format(Locale.ROOT, ", %,d times", fold.count()))
                + (record.complete() ? "" : Colour.YELLOW.of(" (incomplete)", colour));
        out.println(title);
        String what = RecordWords.what(record);
        List<String> notes = new ArrayList<>(record.notes());
        if (!what.isEmpty() && !notes.isEmpty() && notes.get(0).startsWith(what)) {
            // The note says the same with the names of the bits.
            what = notes.remove(0);
        }
        RecordWords.line(out, "what", what);
        notes.forEach(note -> RecordWords.line(out, "says", note));
        RecordWords.line(out, "where", fold.addresses());
        RecordWords.line(out, "access", RecordWords.access(record));
        RecordWords.line(out, "answer", Colour.CYAN.of(answer(record), colour && record.recoverable()));
        RecordWords.line(out, "fields", fields(record, fold.count() > 1));
        record.raw().ifPresent(raw -> RecordWords.line(out, "words", raw.hex().collect(Collectors.joining(" "))));
        String lines = fold.count() == 1
                ? String.format(Locale.ROOT, "%d", record.line())
                : String.format(Locale.ROOT, "%d to %d", record.line(), fold.lastLine());
        RecordWords.line(out, "line", Colour.DIM.of(lines + (manyFiles ? " of " + fold.file() : ""), colour));
        for (Cause cause : record.causes()) {
            RecordWords.line(out, "likely", Colour.RED.of(cause.cause(), colour) + basis(cause));
            RecordWords.line(out, "next", cause.check());
        }
        out.println();
    }

    private static String answer(LogRecord r) {
        return switch (r.type().jsonName()) {
            case "smmuv3_event" -> {
                if (r.recoverable()) {
                    yield "recoverable: the transaction is stalled until it is resumed";
                }
                yield r.complete() && r.has("sid") ? "not recoverable: the transaction was aborted" : "";
            }
            case "smmuv3_pri", "prq_report" -> r.recoverable() ? "recoverable: a page request, the device waits" : "";
            case "dma_fault", "amd_event", "intr_remap_fault", "riscv_fault" -> "not recoverable";
            default -> "";
        };
    }

    private static String basis(Cause cause) {
        return cause.fields().isEmpty() ? "" : " (" + String.join(", ", cause.fields()) + ")";
    }

    /** What no other line says; of many records only what they have in common. */
    private static String fields(LogRecord r, boolean many) {
        return r.fields().entrySet().stream()
                .filter(e -> !FoldedFaults.isAddress(e.getKey()) && !SAID.contains(e.getKey()))
                .filter(e -> !RecordWords.said(r, e.getKey()))
                .filter(e -> !many || !FoldedFaults.varies(e.getKey()))
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining(" "));
    }
}
