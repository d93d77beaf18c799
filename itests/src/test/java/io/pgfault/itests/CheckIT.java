// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.BundleActivator;

/** {@code iopf check}: what a bundle lacks is said before run time. */
@ExtendWith(RunningJar.Once.class)
class CheckIT {
    @TempDir
    private Path folder;

    private final RunningJar iopf;

    CheckIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    @Test
    void handlersThatAnswerAsTheAreasHaveIt_pass_alsoOneWithAThreadOfItsOwn() throws Exception {
        Command run = iopf.run(
                "check",
                Built.file("itests/delay/target/com.example.delay-1.0.0.jar"),
                Built.file("itests/stride/target/com.example.stride-1.0.0.jar"));
        assertThat(run.err()).isEmpty();
        assertThat(run.succeeded().out())
                .contains("com.example.delay 1.0.0", "com.example.stride 1.0.0", "kind sva")
                .containsPattern("built for io.pgfault.api.handler 1\\.\\d")
                .contains("16 of 16 checks of the conformance kit")
                .doesNotContain("FAILS");
    }

    @Test
    void aDriver_isConfiguredAndPasses() throws Exception {
        Command run = iopf.run("check", Built.file("itests/loopback/target/com.example.loopback-1.0.0.jar"));
        assertThat(run.succeeded().out())
                .contains("com.example.loopback 1.0.0", "drives units of kind")
                .containsPattern("(2\\d) of \\1 checks of the conformance kit")
                .doesNotContain("FAILS");
    }

    /** A bundle that is made of a class of this test: a handler that answers twice, of a kind without a handler. */
    @Test
    void aHandlerThatBreaksARule_fails_andAMisspeltKind() throws Exception {
        Path twice = bundle(AnswersTwice.class);
        Command run = iopf.run("check", twice);
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.out())
                .contains("FAILS the kit's check \"answers once, and does not look back\": rule C09")
                .containsPattern("\\d+ of 16 checks of the conformance kit");

        Command misspelt = iopf.run("check", bundle(ServesSvaa.class));
        assertThat(misspelt.exit()).isEqualTo(1);
        assertThat(misspelt.out()).contains("FAILS no handler kind svaa is served in this platform");
        iopf.run("check", "--faults", "some", twice).refused("--faults some", "page-requests");
    }

    @Test
    void aRequirementThatNobodyProvides_fails_andAPromiseWithoutAHandler() throws Exception {
        Path jar = bundle(
                "Require-Capability",
                "org.acme.memory;filter:=\"(tier=far)\";effective:=active",
                "Provide-Capability",
                "io.pgfault.handler;io.pgfault.domain.kind=sva");
        Command run = iopf.run("check", jar);
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.out())
                .contains("FAILS needs org.acme.memory", "(tier=far)")
                .contains("FAILS provides the capability io.pgfault.handler");
    }

    @Test
    void whatIsNoBundle_isRefused() throws Exception {
        iopf.run("check", "none.jar").refused("none.jar", "no such bundle");
    }

    private Path bundle(Class<? extends BundleActivator> activator) throws IOException {
        Path jar = folder.resolve(activator.getSimpleName() + ".jar");
        String imports = "org.osgi.framework,io.pgfault.api,io.pgfault.api.handler,io.pgfault.api.sva";
        try (InputStream bytes = TestBundle.of(activator, imports).stream()) {
            Files.copy(bytes, jar);
        }
        return jar;
    }

    private Path bundle(String... headers) throws IOException {
        Manifest manifest = new Manifest();
        Attributes attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Bundle-ManifestVersion", "2");
        attributes.putValue("Bundle-SymbolicName", "org.acme.lacking");
        for (int i = 0; i < headers.length; i += 2) {
            attributes.putValue(headers[i], headers[i + 1]);
        }
        Path jar = folder.resolve("lacking.jar");
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream ignored = new JarOutputStream(out, manifest)) {
            return jar;
        }
    }
}
