// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.BufferedWriter;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code iopf serve --metrics}, as Prometheus reads it. */
class MetricsIT {
    private static final Path PLATFORM = Built.file("itests/samples/platform.json");
    private static final Duration START = Duration.ofSeconds(60);
    private static final Pattern URL = Pattern.compile("(?m)^metrics: (http://127\\.0\\.0\\.1:[0-9]+/metrics)$");
    /** The lines of the text format: a comment, or name, labels, value. */
    private static final Pattern HELP = Pattern.compile("# HELP ([a-z_]+) .+");

    private static final Pattern TYPE = Pattern.compile("# TYPE ([a-z_]+) (counter|gauge|summary)");
    private static final Pattern SAMPLE =
            Pattern.compile("([a-z_]+)(\\{(?:[a-z_]+=\"[^\"]*\",?)*\\})? ([0-9.]+(?:E-?[0-9]+)?)");

    @TempDir
    private Path folder;

    @Test
    void aScrapeHasTheCountsOfTheShell() throws Exception {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(Command.line("serve", "--platform", PLATFORM.toString(), "--metrics", "0"))
                .directory(Built.file(".").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try (BufferedWriter shell = process.outputWriter(StandardCharsets.UTF_8)) {
            await().atMost(START).until(() -> URL.matcher(Files.readString(err)).find());
            Matcher url = URL.matcher(Files.readString(err));
            assertThat(url.find()).isTrue();
            // Readable in the sample's process, as are the bytes from 0x4847000; 0x10 is not.
            shell.write("inject nic0 0x4846000 r\ninject nic0 0x4847000 r\ninject nic0 0x10 r\nstats --json\n");
            shell.flush();
            await().atMost(START).until(() -> Files.readString(out).contains("\"latencyNanos\""));
            String text = scrape(url.group(1));
            shell.write("exit 0\n");
            shell.flush();
            assertThat(process.waitFor(START.toSeconds(), TimeUnit.SECONDS)).isTrue();
            JsonObject counters = counters(Files.readString(out));
            assertThat(counters.getInt("success")).isEqualTo(2);
            assertThat(counters.getInt("invalid")).isEqualTo(1);
            Map<String, Double> samples = samples(text);
            String device = "device=\"nic0\",unit=\"dmar0\"";
            assertThat(samples)
                    .containsEntry("io_pgfault_requests_total{" + device + "}", (double) counters.getInt("requests"))
                    .containsEntry(groups("success"), (double) counters.getInt("success"))
                    .containsEntry(groups("invalid"), (double) counters.getInt("invalid"))
                    .containsEntry(groups("failure"), (double) counters.getInt("failure"))
                    .containsEntry(
                            "io_pgfault_queue_overflows_total{unit=\"dmar0\"}", (double) counters.getInt("overflows"))
                    .containsEntry("io_pgfault_pending_groups{" + device + "}", 0.0);
            assertThat(Files.readString(err)).doesNotContain("Exception");
            assertThat(Files.readString(err).split(Pattern.quote(url.group(1)), -1))
                    .as("the URL is printed once")
                    .hasSize(2);
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aPortThatIsTaken_isRefusedBeforeAnythingStarts() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            Command.run(folder, "serve", "--platform", PLATFORM, "--metrics", taken.getLocalPort())
                    .refused("--metrics " + taken.getLocalPort(), "free port");
        }
        Command.run(folder, "serve", "--platform", PLATFORM, "--metrics", "nowhere")
                .refused("--metrics nowhere", "HOST:PORT");
    }

    private static String scrape(String url) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url))
                                .header("Accept", "text/plain")
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    /** The sample of the groups that the one handler of the platform answered. */
    private static String groups(String code) {
        return "io_pgfault_groups_total{code=\"%s\",device=\"nic0\",handler=\"io.pgfault.sva\",unit=\"dmar0\"}"
                .formatted(code);
    }

    /** The object that {@code stats --json} printed between prompts and outcomes. */
    private static JsonObject counters(String out) {
        String json = out.substring(out.indexOf('{'));
        return Json.createReader(new StringReader(json.substring(0, json.lastIndexOf('}') + 1)))
                .readObject()
                .getJsonArray("stats")
                .getJsonObject(0)
                .getJsonObject("counters");
    }

    /** The samples of a text that holds to the format: each has a type, and each counter ends in {@code _total}. */
    private static Map<String, Double> samples(String text) {
        Map<String, String> types = new HashMap<>();
        Map<String, Double> samples = new HashMap<>();
        for (String line : text.lines().toList()) {
            Matcher type = TYPE.matcher(line);
            if (type.matches()) {
                assertThat(types.put(type.group(1), type.group(2))).as(line).isNull();
            } else if (!HELP.matcher(line).matches()) {
                Matcher sample = SAMPLE.matcher(line);
                assertThat(sample.matches()).as("a sample: %s", line).isTrue();
                String name = sample.group(1);
                String typed = types.containsKey(name) ? name : name.replaceFirst("_(count|sum)$", "");
                assertThat(types).as(line).containsKey(typed);
                assertThat(name.endsWith("_total")).as(line).isEqualTo("counter".equals(types.get(typed)));
                String labels = sample.group(2) == null ? "" : sample.group(2);
                assertThat(samples.put(name + labels, Double.valueOf(sample.group(3))))
                        .as("one sample of %s", line)
                        .isNull();
            }
        }
        assertThat(types.values()).containsAll(List.of("counter", "gauge", "summary"));
        return samples;
    }
}
