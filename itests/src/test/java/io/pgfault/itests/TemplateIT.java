// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code iopf new}: the driver that it makes builds, passes the conformance kit, in a container too, and runs. The
 * handler is of {@link NewcomerIT}.
 */
class TemplateIT {
    private static final long PATIENCE_SECONDS = 240;

    @TempDir
    private Path folder;

    @Test
    void driverBuildsPassesTheKitAndRuns() throws Exception {
        Path project = folder.resolve("iommu");
        assertThat(run(List.of(iopf(), "new", "driver", project.toString(), "org.acme.iommu")))
                .isZero();
        build(project);
        assertThat(project.resolve("target/surefire-reports/org.acme.iommu.DriverTest.txt"))
                .content()
                .containsPattern("Tests run: \\d\\d, Failures: 0, Errors: 0, Skipped: 0");
        assertThat(project.resolve("target/surefire-reports/org.acme.iommu.DriverContainerTest.txt"))
                .content()
                .containsPattern("Tests run: \\d\\d, Failures: 0, Errors: 0, Skipped: 0");
        Command serving = Command.feed(
                        folder,
                        "inject nic0 0x4846000 r\nexit 0\n",
                        "serve",
                        "--platform",
                        project.resolve("platform.json").toString(),
                        "--install",
                        project.resolve("target/org.acme.iommu-1.0.0-SNAPSHOT.jar"))
                .succeeded();
        assertThat(serving.out()).contains("nic0 r 0x4846000: done, 1 page request");
    }

    private void build(Path project) throws Exception {
        int built = run(maven(project));
        if (built != 0 && Files.readString(folder.resolve("out")).contains("Could not transfer")) {
            // A download that the network broke off says nothing about the project.
            built = run(maven(project));
        }
        assertThat(built)
                .as("mvn verify: %s", Files.readString(folder.resolve("out")))
                .isZero();
    }

    @Test
    void refusesAFolderThatIsNotEmptyAndANameThatIsNoPackage() throws Exception {
        Files.writeString(folder.resolve("mine"), "mine");
        assertThat(run(List.of(iopf(), "new", "handler", folder.toString()))).isEqualTo(2);
        assertThat(run(List.of(iopf(), "new", "handler", folder.resolve("new").toString(), "Not a package")))
                .isEqualTo(2);
        assertThat(run(List.of(iopf(), "new", "unit", folder.resolve("new").toString())))
                .isEqualTo(2);
        assertThat(folder.resolve("new")).doesNotExist();
    }

    private static String iopf() {
        return Built.file("iopf").toAbsolutePath().toString();
    }

    /** With the local repository of the build that runs this test. */
    private static List<String> maven(Path project) {
        List<String> line = new ArrayList<>(List.of("mvn", "--batch-mode", "-q", "-f", project.toString(), "verify"));
        String repository = System.getProperty("maven.repo.local");
        if (repository != null) {
            line.add("-Dmaven.repo.local=" + repository);
        }
        return line;
    }

    private int run(List<String> line) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile());
        builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("%s ends", line)
                    .isTrue();
            return process.exitValue();
        } finally {
            process.destroyForcibly();
        }
    }
}
