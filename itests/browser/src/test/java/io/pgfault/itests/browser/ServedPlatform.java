// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.browser;

import static org.awaitility.Awaitility.await;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code iopf serve --console 0} as a process, with two handlers of one kind, and a client of its page. */
final class ServedPlatform implements AutoCloseable {
    static final Path HOME = Path.of("").toAbsolutePath().getParent().getParent();

    private static final Pattern PAGE = Pattern.compile("(?m)^page: (http://127\\.0\\.0\\.1:\\d+)/iopf/#(\\S+)$");
    private static final Duration START = Duration.ofSeconds(60);
    private static final long END_SECONDS = 30;

    private final Process process;
    private final Path out;
    private final Path err;
    private final HttpClient client = HttpClient.newHttpClient();
    private final String server;
    private final String token;

    ServedPlatform(Path folder) throws IOException {
        out = folder.resolve("out");
        err = folder.resolve("err");
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        // As the script iopf has it: Java 24 and later warn of what Felix asks at its start.
                        "-XX:+IgnoreUnrecognizedVMOptions",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-jar",
                        HOME.resolve("bndrun/console/target/console.jar").toString(),
                        "serve",
                        "--platform",
                        "itests/samples/platform.json",
                        "--install",
                        HOME.resolve("itests/prefault/target/com.example.prefault-1.0.0.jar")
                                .toString(),
                        "--console",
                        "0")
                .directory(HOME.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        Matcher page = await().atMost(START).until(() -> PAGE.matcher(err()), Matcher::find);
        server = page.group(1);
        token = page.group(2);
    }

    String err() {
        return text(err);
    }

    /** What the process has printed, on both streams. */
    String printed() {
        return text(out) + err();
    }

    /** The port of the page. */
    int port() {
        return URI.create(server).getPort();
    }

    private static String text(Path stream) {
        try {
            return Files.readString(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The address that the process printed. */
    String page() {
        return server + "/iopf/#" + token;
    }

    String token() {
        return token;
    }

    /** Types a line into the shell of the process. */
    void type(String line) throws IOException {
        Writer shell = process.outputWriter(StandardCharsets.UTF_8);
        shell.write(line + "\n");
        shell.flush();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server + path)).timeout(START);
    }

    HttpRequest.Builder known(String path) {
        return request(path).header("Authorization", "Bearer " + token);
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    JsonObject picture() throws IOException, InterruptedException {
        return Json.createReader(
                        new StringReader(send(known("/iopf/api/picture")).body()))
                .readObject();
    }

    /** The handlers whose names end so, in the order of the picture. */
    JsonObject handler(String name) throws IOException, InterruptedException {
        return picture().getJsonArray("handlers").getValuesAs(JsonObject.class).stream()
                .filter(handler -> handler.getString("name").endsWith(name))
                .findFirst()
                .orElseThrow();
    }

    List<String> order() throws IOException, InterruptedException {
        return picture().getJsonArray("handlers").getValuesAs(JsonObject.class).stream()
                .filter(handler -> handler.getJsonArray("kinds").toString().contains("sva"))
                .map(handler -> handler.getString("name").replaceFirst(".*\\.", ""))
                .toList();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        type("exit 0");
        if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("still running " + END_SECONDS + " s after exit: " + err());
        }
    }
}
