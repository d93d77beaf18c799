// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code iopf check}: what a bundle lacks is said before run time. */
class CheckIT {
    @TempDir
    private Path folder;

    @Test
    void handlersThatAnswerAsTheAreasHaveIt_pass_alsoOneWithAThreadOfItsOwn() throws Exception {
        Command run = Command.run(
                folder,
                "check",
                Built.file("itests/delay/target/com.example.delay-1.0.0.jar"),
                Built.file("itests/stride/target/com.example.stride-1.0.0.jar"));
        assertThat(run.err()).isEmpty();
        assertThat(run.succeeded().out())
                .contains("com.example.delay 1.0.0", "com.example.stride 1.0.0", "kind sva")
                .containsPattern("built for io.pgfault.api.handler 1\\.\\d")
                .doesNotContain("FAILS");
    }

    @Test
    void aRequirementThatNobodyProvides_fails_andAPromiseWithoutAHandler() throws Exception {
        Path jar = bundle(
                "Require-Capability",
                "org.acme.memory;filter:=\"(tier=far)\";effective:=active",
                "Provide-Capability",
                "io.pgfault.handler;io.pgfault.domain.kind=sva");
        Command run = Command.run(folder, "check", jar);
        assertThat(run.exit()).isEqualTo(1);
        assertThat(run.out())
                .contains("FAILS needs org.acme.memory", "(tier=far)")
                .contains("FAILS provides the capability io.pgfault.handler");
    }

    @Test
    void whatIsNoBundle_isRefused() throws Exception {
        Command.run(folder, "check", "none.jar").refused("none.jar", "no such bundle");
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
