// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal;

import io.pgfault.trace.AccessSource;
import io.pgfault.trace.LackeyReader;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.UnreadableInput;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Traces for tests. */
final class Traces {
    private Traces() {}

    /** Loads of 8 bytes, one from the start of each of these pages. */
    static String loads(long... pages) {
        return LongStream.of(pages).mapToObj(page -> line('L', page << 12, 8)).collect(Collectors.joining());
    }

    static String line(char kind, long address, int size) {
        return " %c %x,%d%n".formatted(kind, address, size);
    }

    static AccessSource of(String... lines) throws UnreadableInput {
        String text = Stream.of(lines).collect(Collectors.joining());
        return new LackeyReader(
                TraceFile.of("test", new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII))));
    }
}
