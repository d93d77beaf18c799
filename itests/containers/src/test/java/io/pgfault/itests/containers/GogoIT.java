// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator's page in plain Felix and in Equinox: the same commands in Gogo's shell, and another set of verbs. */
class GogoIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    @Test
    void felix() throws Exception {
        try (GogoContainer felix = GogoContainer.felix(folder)) {
            operate(felix);
        }
    }

    @Test
    void equinox() throws Exception {
        try (GogoContainer equinox = GogoContainer.equinox(folder)) {
            operate(equinox);
        }
    }

    private void operate(GogoContainer container) throws Exception {
        OperatorsPage page = new OperatorsPage();
        Session console = container.console();
        try {
            container.installFeature(page);
            configure(container, page);
            for (String line : page.session("look")) {
                assertThat(console.run(line)).as(line).doesNotContain("Exception", "not found");
            }
            assertThat(console.said())
                    .containsPattern("dmar0 +vtd +2")
                    .contains("nic0 rw 0x7f0000001000: done, 1 page request", "domain vm0 has had no client");
            restartUnderLoad(container);
            uninstallWithGroupsPending(container);
            // Gogo itself may write a trace for an access that the load typed while io.pgfault.cli stopped.
            assertThat(console.said()).doesNotContain("at io.pgfault.");
            assertThat(Files.readString(container.err())).doesNotContain("at io.pgfault.");
        } catch (Throwable e) {
            throw ContainerProcess.withLogs(e, console, container.err());
        }
    }

    private void configure(GogoContainer container, OperatorsPage page) throws Exception {
        for (String file :
                List.of("io.pgfault.vtd.unit-dmar0.cfg", "io.pgfault.sva.space-app.cfg", "io.pgfault.core.cfg")) {
            Files.writeString(container.load().resolve(file), page.file(file));
        }
        Path made = Files.createDirectory(folder.resolve("made"));
        container.install(page, PlatformBundle.make(page, made, folder.resolve("vm0.sock")));
        await().atMost(PATIENCE).until(() -> {
            String status = container.console().run("iopf:status");
            return status.contains("everything works") && status.contains("endpoint.attached~nic1");
        });
    }

    private static void restartUnderLoad(GogoContainer container) throws Exception {
        try (Load load = new Load(container.session())) {
            load.awaitAnswers("the start");
            for (Map.Entry<String, String> bundle : container.installed().entrySet()) {
                if (bundle.getKey().startsWith("io.pgfault.")) {
                    container.restart(bundle.getValue());
                    load.awaitAnswers("a restart of " + bundle.getKey());
                }
            }
        }
        await().atMost(PATIENCE)
                .until(() -> container.console().run("iopf:status").contains("everything works"));
        assertThat(container.console().run("iopf:groups")).doesNotContain("nic0");
    }

    private static void uninstallWithGroupsPending(GogoContainer container) throws Exception {
        Session console = container.console();
        try (Session one = container.session();
                Session other = container.session()) {
            one.type("iopf:inject nic1 0x1000 rw");
            other.type("iopf:inject nic1 0x2000 rw");
            await().atMost(PATIENCE).until(() -> console.run("iopf:groups").split("nic1", -1).length == 3);
            for (Map.Entry<String, String> bundle : container.installed().entrySet()) {
                if (bundle.getKey().startsWith("io.pgfault.")) {
                    assertThat(console.run("uninstall " + bundle.getValue())).doesNotContain("Exception");
                }
            }
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(one.said()).contains("nic1 rw 0x1000: invalid");
                assertThat(other.said()).contains("nic1 rw 0x2000: invalid");
            });
        }
        assertThat(container.installed().keySet()).noneMatch(name -> name.startsWith("io.pgfault."));
    }
}
