// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.log.FaultLog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A log of any size takes constant memory: a process with a heap of 32 MiB reads one of 160 MB to its end. */
class LargeLogTest {
    private static final int ROUNDS = 160;
    private static final int LINES = 8_000;
    private static final int LINES_PER_STORM = 32;

    /** A log that is made while it is read: storms of devices that all differ, and much else. */
    private static final class Endless extends InputStream {
        private int round;
        private byte[] block = new byte[0];
        private int at;

        @Override
        public int read() {
            throw new UnsupportedOperationException("one byte at a time");
        }

        @Override
        public int read(byte[] bytes, int from, int length) {
            if (at == block.length) {
                if (round == ROUNDS) {
                    return -1;
                }
                block = block(round++);
                at = 0;
            }
            int n = Math.min(length, block.length - at);
            System.arraycopy(block, at, bytes, from, n);
            at += n;
            return n;
        }

        private static byte[] block(int round) {
            StringBuilder text = new StringBuilder(1 << 20);
            for (int i = 0; i < LINES; i++) {
                int n = round * LINES + i;
                switch (i % LINES_PER_STORM) {
                    case 0 ->
                        text.append("AMD-Vi: Event logged [IO_PAGE_FAULT device=00:01.0 domain=0x0001 address=0x")
                                .append(Integer.toHexString(n))
                                .append(" flags=0x0000]\n");
                    // A unit of its own each, and never more than this word.
                    case 1 -> text.append("arm-smmu-v3 smmu.").append(n).append(".auto: event 0x10 received:\n");
                    // A line that goes on in the next, which never comes.
                    case 2 -> text.append("DMAR: [DMA Read NO_PASID] Request device [02:00.0] fault addr\n");
                    default ->
                        text.append("[    1.000000] systemd[1]: Started the unit number ")
                                .append(n)
                                .append(
                                        " of the many that a machine with a long life has to start, again and again.\n");
                }
            }
            return text.toString().getBytes(StandardCharsets.US_ASCII);
        }
    }

    /** The process with the small heap. */
    static final class Reader {
        private Reader() {}

        public static void main(String[] arguments) throws IOException {
            long[] counts = new long[2];
            try (TraceFile file = TraceFile.of("endless", new Endless())) {
                new FaultLog(r -> counts[r.complete() ? 0 : 1]++).readText(file, () -> {});
                System.out.println(counts[0] + " " + counts[1] + " " + file.offset());
            }
        }
    }

    @Test
    void constantMemory() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx32m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Reader.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        String[] counts = said.strip().split(" ");
        assertThat(Long.parseLong(counts[0])).isEqualTo((long) ROUNDS * LINES / LINES_PER_STORM);
        assertThat(Long.parseLong(counts[1])).isEqualTo((long) ROUNDS * LINES / LINES_PER_STORM);
        assertThat(Long.parseLong(counts[2])).isGreaterThan(150_000_000L);
    }
}
