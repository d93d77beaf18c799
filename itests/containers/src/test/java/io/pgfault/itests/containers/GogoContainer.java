// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A framework with the Gogo shell, Declarative Services, ConfigurationAdmin, File Install and Configurator, and nothing
 * of io.pgfault yet. The first session is on the console; others come by the shell's telnetd.
 */
final class GogoContainer implements AutoCloseable {
    /** What the framework starts with; the OSGi feature brings the rest. */
    private static final List<String> STARTED = List.of(
            "org.apache.felix.gogo.runtime",
            "org.apache.felix.gogo.shell",
            "org.apache.felix.gogo.command",
            "org.apache.felix.configadmin",
            "org.apache.felix.metatype",
            "org.apache.felix.scr",
            "org.apache.felix.fileinstall",
            "org.apache.felix.configurator",
            "org.apache.felix.converter",
            "org.apache.felix.cm.json",
            "jakarta.json",
            "org.osgi.util.function",
            "org.osgi.util.promise",
            "org.osgi.service.component",
            "org.osgi.service.log");

    /** The bundle that the page takes for an example. */
    private static final String PAGES_JAR = "io.pgfault.api-0.1.0-SNAPSHOT.jar";

    private static final Path REPOSITORY = Path.of("target/bundles").toAbsolutePath();
    private static final Duration START = Duration.ofSeconds(60);
    /** A line of {@code lb -s}, and of Equinox's {@code ss}. */
    private static final Pattern INSTALLED =
            Pattern.compile("(?m)^ *(\\d+)(?:\\|\\w+ *\\| *\\d+\\||\\t\\w+ +)([A-Za-z][\\w.-]*\\w)[ _]");

    private final Path folder;
    private final String list;
    private final int telnet = freePort();
    private final ContainerProcess process;
    private final Session console;

    private GogoContainer(Path folder, String list, List<String> line) throws IOException, InterruptedException {
        this.folder = folder;
        this.list = list;
        Files.createDirectories(folder.resolve("load"));
        process = new ContainerProcess(folder, Map.of(), line);
        console = process.console("gogo:echo");
        await().atMost(START).until(() -> console.said().contains("g! "));
        console.run("telnetd --ip=127.0.0.1 --port=" + telnet + " start");
    }

    /** Felix's own launcher: bundles in {@code bundle}, a configuration in {@code conf}. */
    static GogoContainer felix(Path folder) throws IOException, InterruptedException {
        Path bundle = Files.createDirectories(folder.resolve("bundle"));
        for (String name : STARTED) {
            Path jar = jar(name);
            Files.copy(jar, bundle.resolve(jar.getFileName()));
        }
        Files.createDirectories(folder.resolve("conf"));
        Files.writeString(
                folder.resolve("conf/config.properties"),
                "felix.auto.deploy.action = install,start\norg.osgi.framework.storage = cache\n");
        return new GogoContainer(folder, "lb -s", line(jar("org.apache.felix.main")));
    }

    /** Equinox's own launcher and console: the bundles in {@code config.ini}. */
    static GogoContainer equinox(Path folder) throws IOException, InterruptedException {
        List<String> bundles = new ArrayList<>();
        for (String name : STARTED) {
            // Equinox has commands of its own.
            String own = name.equals("org.apache.felix.gogo.command") ? "org.eclipse.equinox.console" : name;
            bundles.add("reference:" + jar(own).toUri() + "@1:start");
        }
        Files.createDirectories(folder.resolve("configuration"));
        Files.writeString(
                folder.resolve("configuration/config.ini"),
                "osgi.bundles = %s\nosgi.noShutdown = true\neclipse.ignoreApp = true\n"
                        .formatted(String.join(",", bundles).replace(":", "\\:")));
        List<String> line = new ArrayList<>(line(jar("org.eclipse.osgi")));
        line.addAll(List.of("-configuration", folder.resolve("configuration").toString(), "-console"));
        return new GogoContainer(folder, "ss", line);
    }

    private static List<String> line(Path jar) {
        return List.of(
                ContainerProcess.java(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-Dfelix.fileinstall.dir=load",
                "-Dfelix.fileinstall.poll=500",
                "-jar",
                jar.toString());
    }

    /** The console. */
    Session console() {
        return console;
    }

    /** One more session. */
    Session session() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), telnet);
        return new Session(socket.getInputStream(), socket.getOutputStream(), "gogo:echo");
    }

    /** The folder that File Install watches. */
    Path load() {
        return folder.resolve("load");
    }

    Path err() {
        return folder.resolve("err");
    }

    /** Installs and starts, as the page says, what the OSGi feature lists and the framework lacks. */
    void installFeature(OperatorsPage page) throws IOException, InterruptedException {
        List<Path> missing = new ArrayList<>();
        try (Reader reader = Files.newBufferedReader(
                OperatorsPage.HOME.resolve("features/target/main/features/io.pgfault.feature.json"))) {
            for (JsonObject bundle : Json.createReader(reader)
                    .readObject()
                    .getJsonArray("bundles")
                    .getValuesAs(JsonObject.class)) {
                String artifact = bundle.getString("id").split(":")[1];
                if (!STARTED.contains(artifact)) {
                    missing.add(jar(artifact));
                }
            }
        }
        List<String> lines = page.session("gogo-install");
        assertThat(lines).hasSize(2).allMatch(line -> line.endsWith(PAGES_JAR));
        for (String line : lines) {
            for (Path jar : missing) {
                run(line, jar);
            }
        }
    }

    /** Installs a bundle, and starts it. */
    void install(OperatorsPage page, Path jar) throws IOException, InterruptedException {
        for (String line : page.session("gogo-install")) {
            run(line, jar);
        }
    }

    private void run(String line, Path jar) throws IOException, InterruptedException {
        assertThat(console.run(line.replace("file:" + PAGES_JAR, jar.toUri().toString())))
                .as(line)
                .doesNotContain("Exception");
    }

    /** Stops a bundle, and starts it again. */
    void restart(String id) throws IOException, InterruptedException {
        assertThat(console.run("stop " + id)).doesNotContain("Exception");
        assertThat(console.run("start " + id)).doesNotContain("Exception");
    }

    /** The bundles: name and id, in the order of ids. */
    Map<String, String> installed() throws IOException, InterruptedException {
        Map<String, String> bundles = new LinkedHashMap<>();
        INSTALLED
                .matcher(console.run(list))
                .results()
                .forEach((MatchResult line) -> bundles.put(line.group(2), line.group(1)));
        return bundles;
    }

    /** The file of an artifact, as the build copied it. */
    private static Path jar(String artifact) {
        try (Stream<Path> files = Files.walk(REPOSITORY)) {
            return files.filter(file -> file.getFileName().toString().matches(Pattern.quote(artifact) + "-\\d.*\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no " + artifact + " in " + REPOSITORY));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
