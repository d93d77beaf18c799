// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Every benchmark runs, with its smallest and its largest parameters; the test asserts no speed. */
class BenchmarksTest {
    @Test
    void everyBenchmarkRuns() throws RunnerException {
        TreeSet<String> all = new TreeSet<>();
        for (BenchmarkListEntry entry : BenchmarkList.defaultList()
                .getAll(OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of())) {
            all.add(entry.getUsername());
        }
        assertThat(all).as("benchmarks").hasSizeGreaterThanOrEqualTo(8);

        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .param("groupSize", "1", "32")
                        .param("outstanding", "1", "100000")
                        .param("devices", "1", "4096")
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(50))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();

        assertThat(results).hasSize(2 * all.size() + 2);
        assertThat(results)
                .allSatisfy(result -> assertThat(result.getPrimaryResult().getScore())
                        .as(result.getParams().getBenchmark())
                        .isPositive());
    }

    /** The comparison with {@code grep} runs, and the decoder finds each fault of its log. */
    @Test
    void theDecoderIsComparedWithGrep() throws Exception {
        DecodeAgainstGrep.Outcome outcome = DecodeAgainstGrep.run(4_000_000, 1);
        assertThat(outcome.records()).isBetween(2L, 4L);
        assertThat(List.of(outcome.decode(), outcome.allNeedles(), outcome.fourNeedles()))
                .allSatisfy(nanos -> assertThat(nanos).isPositive());
    }
}
