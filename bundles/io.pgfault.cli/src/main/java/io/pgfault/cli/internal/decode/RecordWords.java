// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.PciFunction;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.explain.FaultGlossary;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A record's fields in words, as every output for people has them. */
final class RecordWords {
    private static final int WIDTH = 100;

    /** Fields that hold the address that faulted. */
    static final List<String> ADDRESSES = List.of("input_addr", "addr", "address", "iova", "iotval");

    /** The fields that name an event, its cause or its error. */
    private static final List<String> WHAT =
            List.of("event", "cause_name", "desc", "problem", "error", "queue", "what");

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

    private RecordWords() {}

    /** The address that faulted. */
    static Optional<Long> address(LogRecord record) {
        for (String name : ADDRESSES) {
            OptionalLong address = record.number(name);
            if (address.isPresent()) {
                return Optional.of(address.getAsLong());
            }
        }
        return Optional.empty();
    }

    /** The device's name by which records are counted: drivers print segment 0 or leave it out. */
    static String counted(String device) {
        boolean named = device.length() == PciFunction.LONG && PciFunction.named(device, 0, PciFunction.LONG);
        return named && device.startsWith("0000:") ? device.substring("0000:".length()) : device;
    }

    /** Whether {@link #what} says this field already. */
    static boolean said(LogRecord r, String field) {
        if (field.equals("status")) {
            return what(r).startsWith("status");
        }
        return WHAT.stream().filter(r::has).findFirst().filter(field::equals).isPresent();
    }

    /** Prints a named line of a block, broken at spaces. */
    static void line(PrintWriter out, String name, String text) {
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

    /** What happened, in a few words; empty if the record doesn't say. */
    static String what(LogRecord r) {
        if (r.fields().containsKey("reason_name")) {
            return r.text("reason_name") + ", reason " + r.text("reason_code");
        }
        if (r.text("access").equals("interrupt")) {
            return r.text("event") + ": the interrupt isn't in the remapping table, or isn't allowed there";
        }
        for (String name : WHAT) {
            if (r.fields().containsKey(name)) {
                return explained(r.text(name));
            }
        }
        String status = r.text("status");
        return status.isEmpty()
                ? ""
                : "status " + status + (r.type().equals(RecordType.FAULT_STATUS) ? status(r.number("status")) : "");
    }

    /** The record's type and what happened. */
    static String titled(LogRecord record) {
        String what = what(record);
        return what.isEmpty() ? record.type().title() : record.type().title() + ": " + what;
    }

    /** The name with its meaning, if it has one. */
    private static String explained(String event) {
        String words = FaultGlossary.meaning(event);
        return words.isEmpty() ? event : event + ": " + words;
    }

    /** The bits of VT-d's fault status register (VT-d 4.1 §11.4.7.1). */
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

    /** The access, in words; empty if the record doesn't say. */
    static String access(LogRecord r) {
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
}
