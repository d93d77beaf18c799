// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jline.terminal.Size;
import org.jline.terminal.impl.jni.JniNativePty;
import org.jline.terminal.impl.jni.JniTerminalProvider;
import org.jline.terminal.spi.Pty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code iopf serve} on a terminal: the test has the other end of a pseudoterminal of the kernel, and types. */
class TerminalIT {
    private static final Path PLATFORM = Built.file("itests/samples/platform.json");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String TAB = "\t";
    private static final String ENTER = "\r";
    private static final String CTRL_D = "\004";

    @TempDir
    private Path state;

    @Test
    void tabCompletesCommandsOptionsAndNames_andTheHistoryIsKept() throws Exception {
        try (Person person = new Person(state, "serve", "--platform", PLATFORM.toString())) {
            person.reads("g!");
            person.types("dev" + TAB).reads("devices").types(ENTER).reads("nic0 +dmar0 +00:02.0");
            person.types("inject ni" + TAB)
                    .reads("nic0")
                    .types("0x4846000 r" + ENTER)
                    .reads("nic0 r 0x4846000: done");
            person.types("detach nic0 --pa" + TAB)
                    .reads("--pasid")
                    .types("7" + ENTER)
                    .reads("nic0 pasid 7");
            person.types("stats --w" + TAB).reads("--watch").types("1" + ENTER).reads("latency +p50");
            person.types("stats dm" + TAB).reads("dmar0").types(ENTER).reads("latency +p50");
            person.types("groups --handler io.pg" + TAB)
                    .reads("io.pgfault.sva/")
                    .types(ENTER)
                    .reads("age +unit");
            person.types("trace o" + TAB + "n" + ENTER).reads("trace on; trace off ends it");
            person.types("inject nic0 0x4847000 r" + ENTER).reads("response +dmar0 nic0");
            person.types("no" + ENTER).reads("Command not found: no");
            person.types(CTRL_D);
            assertThat(person.leaves()).isZero();
        }
        assertThat(Files.readString(state.resolve("iopf/history"))).contains("devices", "inject nic0 0x4846000 r");
    }

    @Test
    void withoutATerminal_thereIsNoColourAndNoEditor() throws Exception {
        Command run = Command.feed(Built.file("."), "devices\nexit 0\n", "serve", "--platform", PLATFORM)
                .succeeded();
        assertThat(run.out()).contains("nic0").doesNotContain("\033");
        assertThat(run.err()).doesNotContain("\033");
    }

    /** A person in front of a terminal that runs the command. */
    private static final class Person implements AutoCloseable {
        private final Pty pty;
        private final Process process;
        private final OutputStream keyboard;
        /** What the terminal showed since the last word that the person waited for; guarded by itself. */
        private final ByteArrayOutputStream shown = new ByteArrayOutputStream();

        Person(Path state, String... command) throws IOException {
            pty = new JniTerminalProvider().open(null, new Size(120, 40));
            File terminal = new File(((JniNativePty) pty).getName());
            List<String> line = Command.line((Object[]) command);
            line.addAll(
                    1, List.of("-Diopf.terminal=true", "-Diopf.stdin.terminal=true", "-Diopf.stdout.terminal=true"));
            ProcessBuilder builder = new ProcessBuilder(line)
                    .directory(Built.file(".").toFile())
                    .redirectInput(terminal)
                    .redirectOutput(terminal)
                    .redirectError(terminal);
            builder.environment().put("TERM", "xterm");
            builder.environment().put("XDG_STATE_HOME", state.toString());
            builder.environment().remove("NO_COLOR");
            process = builder.start();
            keyboard = pty.getMasterOutput();
            Thread eyes = new Thread(this::look, "eyes");
            eyes.setDaemon(true);
            eyes.start();
        }

        private void look() {
            try (InputStream screen = pty.getMasterInput()) {
                for (int b = screen.read(); b >= 0; b = screen.read()) {
                    synchronized (shown) {
                        shown.write(b);
                    }
                }
            } catch (IOException e) {
                // The process has closed the terminal.
            }
        }

        Person types(String keys) throws IOException {
            keyboard.write(keys.getBytes(StandardCharsets.UTF_8));
            keyboard.flush();
            return this;
        }

        /** Waits until the terminal shows a word that it has not shown before the last wait. */
        Person reads(String pattern) {
            Pattern wanted = Pattern.compile(pattern);
            await().atMost(PATIENCE).untilAsserted(() -> {
                synchronized (shown) {
                    assertThat(plain()).containsPattern(wanted);
                    shown.reset();
                }
            });
            return this;
        }

        /** What was shown, without colours and movements of the cursor. */
        private String plain() {
            return shown.toString(StandardCharsets.UTF_8).replaceAll("\033\\[[?0-9;>]*[A-Za-z]|\033[=>]", "");
        }

        int leaves() throws InterruptedException {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            return process.exitValue();
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly();
            pty.close();
        }
    }
}
