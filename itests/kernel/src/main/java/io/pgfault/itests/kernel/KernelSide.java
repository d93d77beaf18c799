// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What the kernel saw so far, read from its trace: groups of one request that the mock devices reported, and the
 * responses to them.
 *
 * @param reported groups that were reported, whether or not a fault queue was there to hear of them
 * @param success answers with code 0
 * @param invalid answers with code 1
 */
record KernelSide(long reported, long success, long invalid) {
    private static final Path TRACE = Path.of("/sys/kernel/tracing/trace");

    /** Counts the events of the two kprobes. */
    static KernelSide now() throws IOException {
        long[] counts = new long[3];
        try (Stream<String> lines = Files.lines(TRACE)) {
            lines.forEach(line -> {
                if (line.contains(" reported: ")) {
                    counts[0]++;
                } else if (line.contains(" answered: ")) {
                    counts[line.endsWith("code=0") ? 1 : 2]++;
                }
            });
        }
        return new KernelSide(counts[0], counts[1], counts[2]);
    }

    KernelSide since(KernelSide before) {
        return new KernelSide(reported - before.reported, success - before.success, invalid - before.invalid);
    }

    @Override
    public String toString() {
        return "reported=%d success=%d invalid=%d".formatted(reported, success, invalid);
    }
}
