// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.RecordType;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Decoded records for people: a block for each record, and how often each device faulted. */
final class DecodedText {
    private static final int WIDTH = 100;

    /** Fields that say what happened, and fields that other lines say already. */
    private static final List<String> WHAT =
            List.of("event", "cause_name", "desc", "problem", "error", "queue", "what");

    private static final Set<String> SAID = Set.of(
            "event",
            "cause_name",
            "reason_name",
            "problem",
            "what",
            "access",
            "privilege",
            "status",
            "bdf",
            "device",
            "dev");

    private static final List<String> STATUS = List.of(
            "a fault was lost (PFO)",
            "a fault is pending (PPF)",
            "advanced fault overflow (AFO)",
            "advanced fault pending (APF)",
            "invalidation queue error (IQE)",
            "invalidation completion error (ICE)",
            "invalidation time-out (ITE)",
            "page request overflow (PRO)");
    private static final long PENDING = 1 << 1;

    private final PrintWriter out;
    private final boolean colour;

    DecodedText(PrintWriter out, boolean colour) {
        this.out = out;
        this.colour = colour;
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
        line("what", what(record));
        for (String note : record.notes()) {
            line("says", note);
        }
        line("where", fold.addresses());
        line("access", access(record));
        line("answer", Colour.CYAN.of(answer(record), colour && record.recoverable()));
        line("fields", fields(record, fold.count() > 1));
        record.raw().ifPresent(raw -> line("words", raw.hex().collect(Collectors.joining(" "))));
        String lines = fold.count() == 1
                ? String.format(Locale.ROOT, "%d", record.line())
                : String.format(Locale.ROOT, "%d to %d", record.line(), fold.lastLine());
        line("line", Colour.DIM.of(lines + (manyFiles ? " of " + fold.file() : ""), colour));
        for (Cause cause : record.causes()) {
            line("likely", Colour.RED.of(cause.cause(), colour) + " (" + String.join(", ", cause.fields()) + ")");
            line("next", cause.check());
        }
        out.println();
    }

    private void line(String name, String text) {
        if (text.isEmpty()) {
            return;
        }
        StringBuilder line = new StringBuilder("  %-8s".formatted(name));
        int length = line.length();
        for (String word : text.split(" ")) {
            if (length + 1 + word.length() > WIDTH) {
                line.append(System.lineSeparator()).append(" ".repeat(10));
                length = 10;
            }
            line.append(' ').append(word);
            length += 1 + word.length();
        }
        out.println(line);
    }

    private static String what(LogRecord r) {
        if (r.fields().containsKey("reason_name")) {
            return r.text("reason_name") + ", reason " + r.text("reason_code");
        }
        if (r.text("access").equals("interrupt")) {
            return r.text("event") + ": the interrupt isn't in the remapping table, or isn't allowed there";
        }
        for (String name : WHAT) {
            if (r.fields().containsKey(name)) {
                return CodeText.explained(r.text(name));
            }
        }
        String status = r.text("status");
        return status.isEmpty()
                ? ""
                : "status " + status + (r.type().equals(RecordType.FAULT_STATUS) ? status(r.number("status")) : "");
    }

    /** The bits of VT-d's fault status register (VT-d specification, 11.4.7.1). */
    private static String status(OptionalLong number) {
        long status = number.orElse(0);
        List<String> words = new ArrayList<>();
        for (int bit = 0; bit < STATUS.size(); bit++) {
            if ((status >> bit & 1) != 0) {
                words.add(STATUS.get(bit));
            }
        }
        if ((status & PENDING) != 0) {
            words.add("first in record " + (status >> 8 & 0xff));
        }
        return words.isEmpty() ? "" : ": " + String.join(", ", words);
    }

    private static String access(LogRecord r) {
        String access = r.text("access");
        if (access.isEmpty() && r.fields().containsKey("read")) {
            access = Stream.of("read", "write", "exec")
                    .filter(a -> r.text(a).equals("true"))
                    .collect(Collectors.joining(" and "));
            access = access.isEmpty() ? "none" : access;
        }
        return access.isEmpty() || r.text("privilege").isEmpty()
                ? access
                : access + (r.text("privilege").equals("priv") ? ", privileged" : ", unprivileged");
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

    /** What no other line says; of many records only what they have in common. */
    private static String fields(LogRecord r, boolean many) {
        return r.fields().entrySet().stream()
                .filter(e -> !FoldedFaults.isAddress(e.getKey()) && !SAID.contains(e.getKey()))
                .filter(e -> !many || !FoldedFaults.varies(e.getKey()))
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining(" "));
    }
}
