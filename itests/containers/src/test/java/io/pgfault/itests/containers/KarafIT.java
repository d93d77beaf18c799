// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator's page in Karaf, from the first command to the last, by SSH. */
class KarafIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern PAGE = Pattern.compile("(http://127\\.0\\.0\\.1:\\d+/iopf/)#(\\S+)");
    /** In the order of their start, so that a restart of the first is felt by all. */
    private static final List<String> BUNDLES = List.of(
            "api",
            "core",
            "sva",
            "userfault",
            "vtd",
            "smmuv3",
            "iommufd",
            "endpoint",
            "trace",
            "bench",
            "lab",
            "cli",
            "metrics",
            "console");

    @TempDir
    private Path folder;

    @Test
    void theOperatorsPageIsTrue() throws Exception {
        OperatorsPage page = new OperatorsPage();
        Optional<Path> java = Karaf.java();
        if (java.isEmpty()) {
            // The operator is told the same.
            assertThat(page.text()).contains("Karaf 4.4 runs on Java 17 to 23");
            System.out.println("Karaf 4.4 doesn't run on Java "
                    + Runtime.version().feature() + "; to test it, name an older one in JAVA_HOME_21_X64");
            return;
        }
        try (Karaf karaf = new Karaf(folder, java.get());
                Session session = karaf.session()) {
            try {
                install(session, page);
                assertThat(karaf.log()).as("the log").doesNotContain("Refreshing bundles", "Exception");
                configure(karaf, session, page);
                extras(session, page);
                int before = karaf.log().length();
                restartUnderLoad(karaf, session, page);
                uninstallWithGroupsPending(karaf, session, page);
                assertThat(karaf.log().substring(before))
                        .as("the log")
                        // Gogo itself may write a trace for an access that the load typed while io.pgfault.cli stopped.
                        .doesNotContain("\tat io.pgfault.")
                        .doesNotContainPattern("(io\\.pgfault|jline|karaf\\.shell)[^ ]* \\((Wired|Should be wired) to");
            } catch (Throwable e) {
                throw ContainerProcess.withLogs(e, session, karaf.logFile(), folder.resolve("err"));
            }
        }
    }

    private static String type(Session session, OperatorsPage page, String block) throws Exception {
        StringBuilder said = new StringBuilder();
        for (String line : page.session(block)) {
            String answer = session.run(line);
            assertThat(answer).as(line).doesNotContain("Error executing", "not found", "Exception");
            said.append(answer);
        }
        return said.toString();
    }

    /** The session that installs a feature goes on: JNA refreshed the shell once. */
    private static void install(Session session, OperatorsPage page) throws Exception {
        assertThat(type(session, page, "karaf-install")).contains("everything works");
        assertThat(session.run("bundle:list -t 0 -s"))
                .contains("io.pgfault.iommufd")
                .doesNotContain("com.sun.jna", "Installed", "Failure", "Waiting");
    }

    private static void configure(Karaf karaf, Session session, OperatorsPage page) throws Exception {
        for (String file :
                List.of("io.pgfault.vtd.unit-dmar0.cfg", "io.pgfault.sva.space-app.cfg", "io.pgfault.core.cfg")) {
            Files.writeString(karaf.base().resolve("etc").resolve(file), page.file(file));
        }
        // The kernel of this machine has no such device; the one line that says so is made with JNA.
        Files.writeString(karaf.base().resolve("etc/io.pgfault.iommufd.unit-none.cfg"), "path = /dev/null\n");
        Path bundle =
                PlatformBundle.make(page, Files.createDirectory(karaf.base().resolve("made")), karaf.socket());
        Files.move(bundle, karaf.base().resolve("deploy/platform.jar"));
        await().atMost(PATIENCE).until(() -> {
            String status = session.run("iopf:status");
            return status.matches("(?s).*active +io.pgfault.endpoint.pcie~nic0.*")
                    && status.matches("(?s).*active +io.pgfault.endpoint.attached~nic1.*")
                    && status.matches("(?s).*failed +io.pgfault.iommufd.unit~none.*");
        });
        assertThat(session.run("iopf:status")).contains("ENOTTY");
        Files.delete(karaf.base().resolve("etc/io.pgfault.iommufd.unit-none.cfg"));
        await().atMost(PATIENCE).until(() -> session.run("iopf:status").contains("everything works"));
        assertThat(type(session, page, "look"))
                .containsPattern("dmar0 +vtd +2")
                .contains("nic0 rw 0x7f0000001000: done, 1 page request")
                .contains("domain vm0 has had no client");
        // Declarative Services log why the component failed, with a trace.
        StringBuilder log = new StringBuilder();
        for (String line : page.session("karaf-log")) {
            log.append(session.run(line));
        }
        assertThat(log).containsPattern("(?m)^DEBUG$").contains("/dev/null has no fault queues");
    }

    private static void extras(Session session, OperatorsPage page) throws Exception {
        type(session, page, "karaf-metrics");
        String metrics = "http://127.0.0.1:9464/metrics";
        String labels = "code=\"success\",device=\"nic0\",handler=\"io.pgfault.sva\",unit=\"dmar0\"";
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> get(metrics, "").body().contains("io_pgfault_groups_total{" + labels + "} 1.0"));
        // Karaf's own web server first: the two stand side by side.
        assertThat(session.run("feature:install http")).doesNotContain("Error");
        List<String> console = page.session("karaf-console");
        assertThat(session.run(console.get(0))).doesNotContain("Error");
        // File Install finds the file of the new configuration, and the server starts anew once.
        await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
            Matcher address = PAGE.matcher(session.run(console.get(1)));
            assertThat(address.find()).as("an address").isTrue();
            HttpResponse<String> picture = get(address.group(1) + "api/picture", address.group(2));
            assertThat(picture.statusCode()).isEqualTo(200);
            assertThat(picture.body()).contains("dmar0", "nic0");
            assertThat(get(address.group(1) + "api/picture", "").statusCode()).isEqualTo(401);
        });
        type(session, page, "karaf-upgrade");
    }

    private static void restartUnderLoad(Karaf karaf, Session session, OperatorsPage page) throws Exception {
        try (Load load = new Load(karaf.session())) {
            load.awaitAnswers("the start");
            type(session, page, "karaf-restart");
            for (String bundle : BUNDLES) {
                assertThat(session.run("bundle:restart io.pgfault." + bundle)).doesNotContain("Error");
                load.awaitAnswers("a restart of io.pgfault." + bundle);
            }
        }
        await().atMost(PATIENCE).until(() -> session.run("iopf:status").contains("everything works"));
        assertThat(session.run("iopf:groups")).doesNotContain("nic0");
    }

    private static void uninstallWithGroupsPending(Karaf karaf, Session session, OperatorsPage page) throws Exception {
        try (Session one = karaf.session();
                Session other = karaf.session()) {
            one.type("iopf:inject nic1 0x1000 rw");
            other.type("iopf:inject nic1 0x2000 rw");
            await().atMost(PATIENCE).until(() -> session.run("iopf:groups").split("nic1", -1).length == 3);
            type(session, page, "karaf-uninstall");
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(one.said()).contains("nic1 rw 0x1000: invalid");
                assertThat(other.said()).contains("nic1 rw 0x2000: invalid");
            });
        }
        assertThat(session.run("bundle:list -t 0 -s")).doesNotContain("io.pgfault");
    }

    private static HttpResponse<String> get(String url, String token) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url))
                                .header("Authorization", "Bearer " + token)
                                .header("Accept", "text/plain")
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
