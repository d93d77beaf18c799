// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A client of a fault queue in user space that is not ours in Java: {@code itests/clients}.
 *
 * @param language what it is written in
 * @param command how it is run
 */
record ClientProgram(String language, List<String> command) {
    private static final Path SOURCES =
            Path.of("..", "clients").toAbsolutePath().normalize();
    private static final long PATIENCE_SECONDS = 60;

    /**
     * The programs that this machine can run: C with a compiler, Python with an interpreter; the report says what is
     * missing.
     *
     * @param name the program's, without its ending
     */
    static List<ClientProgram> available(Path folder, String name) throws IOException, InterruptedException {
        List<ClientProgram> programs = new ArrayList<>();
        if (isOnPath("cc")) {
            programs.add(new ClientProgram("C", List.of(compiled(folder, name).toString())));
        } else {
            System.out.println("no C compiler (cc) on this machine: the C client is not run");
        }
        if (isOnPath("python3")) {
            programs.add(new ClientProgram(
                    "Python", List.of("python3", SOURCES.resolve(name + ".py").toString())));
        } else {
            System.out.println("no python3 on this machine: the Python client is not run");
        }
        return programs;
    }

    private static Path compiled(Path folder, String name) throws IOException, InterruptedException {
        Path program = folder.resolve(name);
        List<String> line = List.of(
                "cc",
                "-std=c11",
                "-D_DEFAULT_SOURCE",
                "-O2",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-o",
                program.toString(),
                SOURCES.resolve(name + ".c").toString());
        Process compiler = new ProcessBuilder(line).inheritIO().start();
        if (!compiler.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || compiler.exitValue() != 0) {
            compiler.destroyForcibly();
            throw new AssertionError("the C client doesn't compile: " + line);
        }
        return program;
    }

    private static boolean isOnPath(String program) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.of(path.split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** Starts the client; what it says goes to {@code said}. */
    Process start(Path socket, Path said, String... more) throws IOException {
        List<String> line = new ArrayList<>(command);
        line.add(socket.toString());
        line.addAll(List.of(more));
        return new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(said.toFile()))
                .start();
    }

    @Override
    public String toString() {
        return language + " client";
    }
}
