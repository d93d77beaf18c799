// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/** Dumps of rings as words, and what a replay makes of them. */
final class Dumps {
    private Dumps() {}

    /**
     * What a replay must come to.
     *
     * @param responses response records as hexadecimal words, sorted
     */
    record Expected(
            long records,
            long requests,
            long groups,
            long success,
            long invalid,
            long stopMarkers,
            long badRequests,
            long unrecoverable,
            List<String> responses) {}

    /** The words of a file of records, each record as a line, sorted. */
    static List<String> sorted(byte[] file, int wordsInARecord) {
        ByteBuffer words = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        List<String> records = new ArrayList<>();
        while (words.hasRemaining()) {
            long[] record = new long[wordsInARecord];
            for (int i = 0; i < wordsInARecord; i++) {
                record[i] = words.getLong();
            }
            records.add(text(record));
        }
        records.sort(null);
        return records;
    }

    static String text(long... words) {
        return Arrays.stream(words).mapToObj("%016x"::formatted).collect(Collectors.joining(" "));
    }

    static boolean bit(long word, int bit) {
        return (word >>> bit & 1) != 0;
    }

    static long one(Random random, long... values) {
        return values[random.nextInt(values.length)];
    }

    /** Replays a file and compares its summary and its responses, which are records of two or four words. */
    static void check(
            RunningJar iopf, Expected expected, int wordsInAResponse, Path folder, Path file, Object... options)
            throws Exception {
        Path answers = folder.resolve("answers.bin");
        List<Object> line = new ArrayList<>(List.of("replay", "--responses", answers, "--json", "-"));
        line.addAll(List.of(options));
        line.add(file);
        JsonObject json = iopf.run(line.toArray()).succeeded().json();
        assertThat(sorted(Files.readAllBytes(answers), wordsInAResponse))
                .as("responses to " + file)
                .isEqualTo(expected.responses());
        JsonObject responses = json.getJsonObject("responses");
        assertThat(new Expected(
                        json.getInt("records"),
                        json.getInt("requests"),
                        json.getInt("groups"),
                        responses.getInt("success"),
                        responses.getInt("invalid"),
                        json.getInt("stopMarkers"),
                        json.getInt("badRequests"),
                        json.getInt("unrecoverable"),
                        expected.responses()))
                .as("summary of " + file)
                .isEqualTo(expected);
    }
}
