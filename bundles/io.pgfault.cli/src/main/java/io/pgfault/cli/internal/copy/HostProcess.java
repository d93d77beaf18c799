// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.copy;

import io.pgfault.cli.internal.console.BadInput;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The host of a guest: a process of its own that serves a platform, and answers the commands of a shell. The thread
 * that runs the command calls all methods.
 */
final class HostProcess implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 30;
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Process process;
    private final Path log;
    private final BufferedReader output;
    private final Writer input;

    /**
     * Starts the host, and returns when it serves.
     *
     * @param folder holds the platform's file and the host's log
     * @param awaited the host serves when this file is there
     * @throws BadInput if this process wasn't started from the executable jar, or the host can't serve
     */
    HostProcess(Path folder, JsonObject platform, Path awaited) throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("host.json"), platform.toString());
        this.log = folder.resolve("host.log");
        this.process = new ProcessBuilder(command("serve", "--platform", file.toString()))
                .redirectError(log.toFile())
                .start();
        this.output = process.inputReader(StandardCharsets.UTF_8);
        this.input = process.outputWriter(StandardCharsets.UTF_8);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.exists(awaited)) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                close();
                throw new BadInput(
                        "the host doesn't serve: " + Files.readString(log).strip());
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static List<String> command(String... arguments) throws BadInput {
        String jar = System.getProperty("java.class.path");
        if (jar.contains(File.pathSeparator) || !Files.isRegularFile(Path.of(jar))) {
            throw new BadInput("copy --guest starts the host from the executable jar, and this process runs without it;"
                    + " use iopf, or java -jar iopf.jar");
        }
        String java = ProcessHandle.current()
                .info()
                .command()
                .orElse(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        List<String> command = new ArrayList<>(List.of(java, "-jar", jar));
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * Has the host's shell run a command that prints one JSON object.
     *
     * @throws IOException if the host has gone
     */
    JsonObject ask(String line) throws IOException {
        input.write(line + "\n");
        input.flush();
        StringBuilder json = new StringBuilder();
        int depth = 0;
        do {
            int c = output.read();
            if (c < 0) {
                throw new IOException(
                        "the host has gone: " + Files.readString(log).strip());
            }
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (depth > 0 || c == '}') {
                json.append((char) c);
            }
        } while (depth > 0 || json.isEmpty());
        try (JsonReader reader = Json.createReader(new StringReader(json.toString()))) {
            return reader.readObject();
        }
    }

    /** Ends the host: first as an operator does, then by force. */
    @Override
    public void close() throws IOException {
        try (input;
                output) {
            if (process.isAlive()) {
                input.write("exit 0\n");
                input.flush();
            }
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            process.destroyForcibly();
            throw e;
        }
    }
}
