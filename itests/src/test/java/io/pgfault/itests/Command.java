// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One run of the executable jar, as its own process.
 *
 * @param exit the exit code
 * @param out standard output
 * @param err standard error
 */
record Command(int exit, String out, String err) {
    private static final Pattern OPTIONS = Pattern.compile("(?m)^options=\"(.*)\"$");
    private static final long PATIENCE_SECONDS = 120;

    /** Runs the jar with these arguments, from {@code folder}, nothing on standard input. */
    static Command run(Path folder, Object... arguments) throws IOException, InterruptedException {
        return feed(folder, "", arguments);
    }

    /** Runs the jar with these arguments, from {@code folder}, with {@code input} on standard input. */
    static Command feed(Path folder, String input, Object... arguments) throws IOException, InterruptedException {
        List<String> line = line(arguments);
        Path streams = Files.createDirectories(Built.file("itests/target/commands"));
        Path in = Files.createTempFile(streams, "in", "");
        Path out = Files.createTempFile(streams, "out", "");
        Path err = Files.createTempFile(streams, "err", "");
        Files.writeString(in, input);
        Process process = new ProcessBuilder(line)
                .directory(folder.toFile())
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(line + " is still running after " + PATIENCE_SECONDS + " s; it said\n"
                    + Files.readString(out) + Files.readString(err));
        }
        return new Command(process.exitValue(), text(out), text(err));
    }

    /**
     * The command line that runs the jar with these arguments. A process here lives for a second or two: the fast
     * compiler alone halves the processor time of such a process.
     */
    static List<String> line(Object... arguments) throws IOException {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(options());
        line.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        line.addAll(List.of("-jar", Built.jar().toString()));
        for (Object argument : arguments) {
            line.add(argument.toString());
        }
        return line;
    }

    /** Java's options, as the script {@code iopf} gives them. */
    private static List<String> options() throws IOException {
        Matcher m = OPTIONS.matcher(Files.readString(Built.file("iopf")));
        assertThat(m.find()).as("options in the script").isTrue();
        return List.of(m.group(1).split(" "));
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    /** That it processed its input. */
    Command succeeded() {
        assertThat(exit).as("exit code; standard error was%n%s", err).isZero();
        return this;
    }

    /** That it refused, in one clear line that holds these words. */
    void refused(String... words) {
        assertThat(err.strip().lines()).as("one line on standard error").hasSize(1);
        assertThat(err).contains(words).doesNotContain("Exception");
        assertThat(out).isEmpty();
        assertThat(exit).isEqualTo(2);
    }

    /** Standard output as JSON, and nothing else there. */
    JsonObject json() {
        return Json.createReader(new StringReader(out)).readObject();
    }
}
