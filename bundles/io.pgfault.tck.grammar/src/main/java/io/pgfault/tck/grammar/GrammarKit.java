// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.grammar;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.log.FaultLog;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks a grammar with sample messages: each sample is one message, in one or more lines, that the driver prints. A
 * check that fails throws an {@link AssertionError} that says how. One thread.
 */
public final class GrammarKit {
    private static final List<String> OTHER_TEXT = List.of(
            "usb 1-1: new high-speed USB device number 2 using xhci_hcd",
            "DMAR: Host address width 39",
            "a.out[512]: segfault at 0 ip 000055d0 sp 00007ffd error 4 in a.out[55d0+1000]",
            "");

    private final LogGrammar grammar;
    private final List<String> samples;

    /** A kit for this grammar and these messages of its driver; at least one. */
    public GrammarKit(LogGrammar grammar, List<String> samples) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("a grammar is checked with messages: give at least one sample");
        }
        this.grammar = grammar;
        this.samples = List.copyOf(samples);
    }

    /** Runs all checks. */
    public void check() {
        needlesHaveTheirLength();
        eachSampleIsOneCompleteRecord();
        noCutOfASample_isComplete_andDifferent();
        otherText_givesNoRecord();
    }

    /** Each needle has {@value LogGrammar#NEEDLE_LENGTH} characters of ASCII. */
    public void needlesHaveTheirLength() {
        for (String needle : grammar.needles()) {
            boolean ascii = needle.chars().allMatch(c -> c >= ' ' && c < 0x7f);
            require(
                    ascii && needle.length() == LogGrammar.NEEDLE_LENGTH,
                    "the needle '" + needle + "' is not one of " + LogGrammar.NEEDLE_LENGTH + " characters of ASCII");
        }
        require(!grammar.needles().isEmpty(), "the grammar has no needle: nothing would be found");
    }

    /** Each sample gives one record that is complete. */
    public void eachSampleIsOneCompleteRecord() {
        for (String sample : samples) {
            List<LogRecord> records = read(sample + "\n");
            require(records.size() == 1, "the sample gives " + records.size() + " records, not one: " + sample);
            require(records.get(0).complete(), "the record of the sample is incomplete: " + sample);
        }
    }

    /** A sample that breaks off at any character gives no complete record with other fields than the sample's. */
    public void noCutOfASample_isComplete_andDifferent() {
        for (String sample : samples) {
            LogRecord whole = read(sample + "\n").get(0);
            for (int end = 0; end < sample.length(); end++) {
                for (LogRecord record : read(sample.substring(0, end))) {
                    require(
                            !record.complete() || record.fields().equals(whole.fields()),
                            "a sample that breaks off after character " + end + " gives a wrong record, "
                                    + record.fields() + ": " + sample);
                }
            }
        }
    }

    /** Lines of other drivers and programs give no record. */
    public void otherText_givesNoRecord() {
        for (String line : OTHER_TEXT) {
            require(read(line + "\n").isEmpty(), "another driver's line gives a record: " + line);
        }
    }

    private List<LogRecord> read(String text) {
        List<LogRecord> records = new ArrayList<>();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (TraceFile file = TraceFile.of("sample", new ByteArrayInputStream(bytes))) {
            new FaultLog(records::add, List.of(grammar)).readText(file, () -> {});
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return records;
    }

    private static void require(boolean kept, String how) {
        if (!kept) {
            throw new AssertionError(how);
        }
    }
}
