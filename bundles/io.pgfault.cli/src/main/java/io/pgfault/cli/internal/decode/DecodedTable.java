// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.LogTime;
import java.io.PrintWriter;
import java.util.Locale;

/** Decoded records as a table: a row for each record, written as they come. */
final class DecodedTable implements DecodedOutput {
    private static final int TIME = 20;
    private static final int DEVICE = 20;

    private final PrintWriter out;
    private final boolean colour;
    private String heading = "";
    private boolean any;

    DecodedTable(PrintWriter out, boolean colour) {
        this.out = out;
        this.colour = colour;
    }

    @Override
    public void file(String name, boolean many) {
        heading = many ? name : "";
    }

    @Override
    public void accept(LogRecord record) {
        if (!any) {
            any = true;
            row("line", "time", "device", "address", "access", "what", "");
        }
        if (!heading.isEmpty()) {
            out.println(Colour.BOLD.of(heading, colour));
            heading = "";
        }
        String access = RecordWords.access(record);
        row(
                Long.toString(record.line()),
                shortened(record.time().map(LogTime::text).orElse("-"), TIME),
                shortened(record.device(), DEVICE),
                RecordWords.address(record).map("0x%x"::formatted).orElse("-"),
                access.isEmpty() ? "-" : access.replaceAll(",.*", ""),
                RecordWords.titled(record),
                record.complete() ? "" : Colour.YELLOW.of(" (incomplete)", colour));
    }

    private void row(Object... cells) {
        out.printf(Locale.ROOT, "%8s  %-20s  %-20s  %-18s  %-9s  %s%s%n", cells);
    }

    /** The text, without its start if it is too long: the end of a time and of a name says more. */
    private static String shortened(String text, int length) {
        return text.length() <= length ? text : "~" + text.substring(text.length() - length + 1);
    }

    @Override
    public void finish() {
        out.flush();
    }
}
