// SPDX-License-Identifier: Apache-2.0
package io.pgfault.races;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Runs all races in JVMs of their own, for a bounded time, and fails if one saw a forbidden outcome or did not run. */
class RacesIT {
    private static final List<Class<?>> RACES = List.of(
            RespondRespond.class,
            RespondTimeout.class,
            RespondRemove.class,
            ReportRemove.class,
            SwapReport.class,
            StopReport.class);
    /**
     * How jcstress says which JVM options it runs everything with: with and without biased locking, where a JVM has it.
     */
    private static final Pattern JVM = Pattern.compile("\\[OK] \\[-");

    /** Of each race in each JVM: five seconds in a soak, a sixth of a second in every build. */
    private static final String MILLIS_PER_RUN = Boolean.getBoolean("soak") ? "5000" : "160";

    private static final Pattern RESULTS = Pattern.compile(
            "Results: (\\d+) planned; (\\d+) passed, (\\d+) failed, (\\d+) soft errs, (\\d+) hard errs");

    @Test
    void c09_c11_c12_r05_r07_noRaceHasAForbiddenOutcome() throws IOException, InterruptedException {
        Path directory = Files.createDirectories(Path.of("target", "jcstress"));
        Path log = directory.resolve("jcstress.log");
        Process jcstress = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.openjdk.jcstress.Main",
                        "-m",
                        "quick",
                        "-f",
                        "1",
                        "-iters",
                        "1",
                        "-time",
                        MILLIS_PER_RUN,
                        "-strideSize",
                        "32",
                        "-strideCount",
                        "8",
                        "-sc",
                        "false",
                        "-af",
                        "NONE",
                        "-jvmArgs",
                        "-Xmx512m -XX:+UseSerialGC")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended;
        try {
            ended = jcstress.waitFor(4, TimeUnit.MINUTES);
        } finally {
            jcstress.descendants().forEach(ProcessHandle::destroyForcibly);
            jcstress.destroyForcibly();
        }

        String output = Files.readString(log);
        assertThat(ended).as(output).isTrue();
        assertThat(jcstress.exitValue()).as(output).isZero();
        MatchResult last = RESULTS.matcher(output)
                .results()
                .reduce((first, second) -> second)
                .orElse(null);
        assertThat(last).as(output).isNotNull();
        System.out.println(RACES.size() + " races: " + last.group());
        long expected = RACES.size() * JVM.matcher(output).results().count();
        assertThat(expected).as("planned at least").isGreaterThanOrEqualTo(RACES.size());
        assertThat(last.group(1)).as("planned").isEqualTo(Long.toString(expected));
        assertThat(last.group(2)).as("passed").isEqualTo(Long.toString(expected));
        assertThat(List.of(last.group(3), last.group(4), last.group(5)))
                .as("failed or not run")
                .containsOnly("0");
        for (Class<?> race : RACES) {
            assertThat(directory.resolve("results").resolve(race.getName() + ".html"))
                    .as("report of " + race)
                    .exists();
        }
    }
}
