// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import io.pgfault.trace.TraceFile;
import io.pgfault.trace.internal.text.BuiltInGrammars;
import io.pgfault.trace.log.FaultLog;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * The decoder on a log with hardly any fault, against {@code grep -c -F} with the decoder's needles in a process of its
 * own, on the same file, in turns; and against {@code grep} for four needles, which is what the number of kinds would
 * cost if it cost anything. In elapsed time, the best of some rounds.
 */
public final class DecodeAgainstGrep {
    private static final int ROUNDS = 5;
    private static final int FAULT_EVERY = 20_000;
    private static final String FAULT =
            "kernel: [ 6837.629] DMAR: [DMA Write NO_PASID] Request device [07:00.0] fault addr 0x69935000"
                    + " [fault reason 0x05] PTE Write access is not set";
    private static final List<String> MESSAGES = List.of(
            "systemd[1]: Started Session %d of User root.",
            "kernel: [%d.123456] usb 1-1: new high-speed USB device number 5 using xhci_hcd",
            "sshd[%d]: Accepted publickey for admin from 10.0.1.12 port 50122 ssh2: RSA SHA256:abcdefghijk",
            "kernel: [%d.551234] EXT4-fs (sda1): mounted filesystem with ordered data mode. Opts: (null)",
            "NetworkManager[%d]: <info>  [1605300000.12] device (eth0): state change: ip-config -> ip-check",
            "kernel: [%d.881234] pci 0000:00:1f.3: BAR 0: assigned [mem 0x80000000-0x8000ffff]",
            "dockerd[%d]: level=info msg=\"Container failed to exit within 10 seconds: error received\"",
            "kernel: [%d.001000] nvme nvme0: I/O 512 QID 3 timeout, aborting",
            "audit[%d]: AVC apparmor=\"STATUS\" operation=\"profile_load\" name=\"/usr/bin/man\"");

    /**
     * What came out.
     *
     * @param records how many records the decoder gave
     * @param decode nanoseconds of the decoder
     * @param allNeedles nanoseconds of {@code grep} with all needles
     * @param fourNeedles nanoseconds of {@code grep} with four needles
     */
    record Outcome(long records, long decode, long allNeedles, long fourNeedles) {}

    private DecodeAgainstGrep() {}

    /** Prints megabytes per second of the three, for a log of as many megabytes as the first argument says (400). */
    public static void main(String[] args) throws IOException, InterruptedException {
        long bytes = (args.length > 0 ? Long.parseLong(args[0]) : 400) * 1_000_000;
        Outcome outcome = run(bytes, ROUNDS);
        System.out.printf(
                Locale.ROOT,
                "%d records; decode %.0f MB/s, grep with all %d needles %.0f MB/s, grep with 4 needles %.0f MB/s%n",
                outcome.records(),
                bytes * 1e3 / outcome.decode(),
                BuiltInGrammars.needles().size(),
                bytes * 1e3 / outcome.allNeedles(),
                bytes * 1e3 / outcome.fourNeedles());
    }

    static Outcome run(long bytes, int rounds) throws IOException, InterruptedException {
        Path log = Files.createTempFile("decode", ".log");
        Path needles = Files.createTempFile("needles", ".txt");
        try {
            write(log, bytes);
            Files.write(needles, BuiltInGrammars.needles());
            long[] records = {0};
            long decode = Long.MAX_VALUE;
            long all = Long.MAX_VALUE;
            long four = Long.MAX_VALUE;
            for (int round = 0; round < rounds; round++) {
                records[0] = 0;
                long start = System.nanoTime();
                try (TraceFile file = TraceFile.open(log)) {
                    new FaultLog(record -> records[0]++).readText(file, () -> {});
                }
                decode = Math.min(decode, System.nanoTime() - start);
                all = Math.min(all, grep(log, List.of("-f", needles.toString())));
                four = Math.min(
                        four,
                        grep(log, List.of("-e", "DMA Read", "-e", "DMA Writ", "-e", "arm-smmu", "-e", "vent log")));
            }
            return new Outcome(records[0], decode, all, four);
        } finally {
            Files.delete(log);
            Files.delete(needles);
        }
    }

    private static void write(Path log, long bytes) throws IOException {
        Random random = new Random(7);
        try (Writer out = new BufferedWriter(Files.newBufferedWriter(log), 1 << 20)) {
            long written = 0;
            for (int line = 0; written < bytes; line++) {
                String message = line % FAULT_EVERY == 0
                        ? FAULT
                        : MESSAGES.get(random.nextInt(MESSAGES.size()))
                                .replace("%d", Integer.toString(random.nextInt(100_000)));
                String text = "Nov 27 04:%02d:%02d host %s\n".formatted(line / 1000 % 60, line % 60, message);
                out.write(text);
                written += text.length();
            }
        }
    }

    private static long grep(Path log, List<String> words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("grep", "-c", "-F"));
        command.addAll(words);
        command.add(log.toString());
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LC_ALL", "C");
        long start = System.nanoTime();
        // With /dev/null as its output grep stops at the first line that it finds.
        Process process = builder.start();
        process.getInputStream().readAllBytes();
        int exit = process.waitFor();
        long nanos = System.nanoTime() - start;
        if (exit > 1) {
            throw new IOException("grep failed with exit code " + exit);
        }
        return nanos;
    }
}
