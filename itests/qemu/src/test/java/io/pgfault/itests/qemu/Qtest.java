// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process of QEMU and its {@code -qtest} channel, through which another process reads and writes physical addresses.
 * Any thread; one command at a time.
 *
 * <p>The process ends with {@link #close}, with this JVM (a shutdown hook), and with the thread that started it, also
 * if the JVM is killed ({@code setpriv} of util-linux).
 */
final class Qtest implements AutoCloseable {
    private final Process process;
    private final Thread hook;
    private final Path log;
    private final BufferedReader answers;
    private final BufferedWriter commands;

    /**
     * Starts QEMU.
     *
     * @param line the program and its options without {@code -qtest}
     * @param log the file that gets what QEMU prints
     */
    Qtest(List<String> line, Path log) throws IOException {
        List<String> whole = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
        whole.addAll(line);
        whole.addAll(List.of("-qtest", "stdio", "-qtest-log", "none"));
        this.log = log;
        process = new ProcessBuilder(whole).redirectError(log.toFile()).start();
        hook = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(hook);
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        commands = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII));
    }

    /** Sends one command and returns what stands behind {@code OK}. */
    String command(String text) {
        return commands(text + '\n', 1);
    }

    /**
     * Sends several commands in one write, because each way to QEMU and back costs a switch of threads.
     *
     * @param text the commands, each with its line end
     * @param count how many they are
     * @return the last answer
     */
    synchronized String commands(String text, int count) {
        try {
            commands.write(text);
            commands.flush();
            String last = "";
            for (int i = 0; i < count; i++) {
                last = answer(text);
            }
            return last;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String answer(String text) throws IOException {
        while (true) {
            String answer = answers.readLine();
            if (answer == null) {
                throw new IOException("QEMU has ended at %s: %s".formatted(text, Files.readString(log)));
            }
            if (answer.startsWith("OK")) {
                return answer.substring(2).strip();
            }
            if (answer.startsWith("FAIL") || answer.startsWith("ERR")) {
                throw new IOException(text + ": " + answer);
            }
        }
    }

    int read32(long address) {
        return (int) number(command("readl 0x%x".formatted(address)));
    }

    long read64(long address) {
        return number(command("readq 0x%x".formatted(address)));
    }

    void write32(long address, int value) {
        command("writel 0x%x 0x%x".formatted(address, value));
    }

    void write64(long address, long value) {
        command("writeq 0x%x 0x%x".formatted(address, value));
    }

    private static long number(String answer) {
        return Long.parseUnsignedLong(answer.substring(2), 16);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        boolean interrupted = false;
        while (process.isAlive()) {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
