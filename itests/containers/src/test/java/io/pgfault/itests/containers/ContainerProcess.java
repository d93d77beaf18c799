// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.containers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The process of a container and all that descends from it. None outlives the test: {@link #close} kills them, and so
 * does a hook of the test's own process; the end of standard input ends a container that reads it.
 */
final class ContainerProcess implements AutoCloseable {
    private final Process process;
    private final Thread hook = new Thread(this::kill, "end of containers");

    ContainerProcess(Path folder, Map<String, String> environment, List<String> line) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(folder.toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        process = builder.start();
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** The shell on the console. */
    Session console(String echo) {
        return new Session(process.getInputStream(), process.getOutputStream(), echo);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The running Java. */
    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private void kill() {
        // Asked before the first is killed: a child of a dead process is no descendant any more.
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(one -> one.onExit().join());
    }

    @Override
    public void close() {
        kill();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    /** Adds to a failure what the container wrote into its files. */
    static AssertionError withLogs(Throwable failure, Session session, Path... logs) {
        StringBuilder text = new StringBuilder(String.valueOf(failure.getMessage()));
        text.append("\n--- the session\n").append(session.said());
        for (Path log : logs) {
            text.append("\n--- ").append(log).append('\n');
            try {
                text.append(Files.exists(log) ? Files.readString(log) : "(none)");
            } catch (IOException e) {
                text.append(e);
            }
        }
        return new AssertionError(text.toString(), failure);
    }
}
