// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.record;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.Progress;
import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.trace.AccessFileWriter;
import io.pgfault.trace.LackeyReader;
import io.pgfault.trace.TraceFile;
import io.pgfault.trace.UnreadableInput;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code iopf record}: the memory accesses of a program, and its areas. */
@Command(
        name = "record",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Records the memory accesses and the areas of a program, with Valgrind's tool lackey.",
            "The program runs some hundred times slower; what it prints goes to standard error."
        },
        footer = {
            "",
            "Examples:",
            "  iopf record -- ls -l",
            "  iopf record --out sorted -- sort /etc/services",
            "  iopf compare --maps sorted.maps sorted.iopf",
            "",
            "Exit codes: 0 recorded, 1 something broke, 2 bad usage, or Valgrind is missing."
        })
public final class RecordCommand implements Callable<Integer> {
    /**
     * How many bytes the command reads between two looks at the areas: as many as the pipe's buffer holds, so the
     * program is at most that far ahead of the look.
     */
    private static final int LOOK_EVERY = 1 << 16;

    private static final int STEP_MASK = 0xfff;

    private final String folders;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--out",
            paramLabel = "NAME",
            description = "Write NAME.iopf and NAME.maps (default: the program's name, in this folder).")
    private Path out;

    @Parameters(arity = "1..*", paramLabel = "PROG ARG", description = "The program, after --.")
    private List<String> line;

    /** Makes the command for the process's PATH. */
    public RecordCommand() {
        this(System.getenv("PATH"));
    }

    /** Makes the command for a list of folders such as PATH. */
    RecordCommand(String folders) {
        this.folders = folders;
    }

    @Override
    public Integer call() throws Exception {
        Path valgrind = find(folders)
                .orElseThrow(() -> new BadInput("record needs Valgrind, and there is no valgrind in PATH; get it with"
                        + " \"apt install valgrind\", \"dnf install valgrind\" or from https://valgrind.org"));
        Path name = out == null ? Path.of(String.valueOf(Path.of(line.get(0)).getFileName())) : out;
        Path trace = Path.of(name + ".iopf");
        Path maps = Path.of(name + ".maps");
        Process process = start(valgrind);
        boolean recorded = false;
        RecordedMaps areas = new RecordedMaps();
        long accesses;
        try {
            accesses = record(process, areas, trace);
            recorded = true;
        } catch (UnreadableInput e) {
            process.waitFor();
            throw new BadInput(
                    "%s: Valgrind traced no access and ended with %d; is it a program that runs here?"
                            .formatted(line.get(0), process.exitValue()),
                    e);
        } finally {
            process.destroyForcibly();
            if (!recorded) {
                Files.deleteIfExists(trace);
            }
        }
        areas.write(maps);
        PrintWriter text = spec.commandLine().getOut();
        text.printf(
                "%s: %s in %s (%,d bytes), %s in %s%n",
                line.get(0),
                Quantity.count(accesses, "access", "accesses"),
                trace,
                Files.size(trace),
                Quantity.count(areas.areas().size(), "area", "areas"),
                maps);
        int exit = process.waitFor();
        if (exit != 0) {
            text.printf("%s ended with %d%n", line.get(0), exit);
        }
        text.printf("compare handlers on it: iopf compare --maps %s %s%n", maps, trace);
        text.flush();
        return 0;
    }

    /** Finds Valgrind in a list of folders such as PATH; empty if it is in none. */
    static Optional<Path> find(String folders) {
        return Stream.of(String.valueOf(folders).split(File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "valgrind"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Starts the program. A shell gives lackey the pipe as descriptor 9 and the program standard error for its output,
     * and then becomes Valgrind, so that the process keeps its number.
     */
    private Process start(Path valgrind) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                "exec \"$0\" --tool=lackey --trace-mem=yes --basic-counts=no --log-fd=9 -- \"$@\" 9>&1 1>&2",
                valgrind.toString()));
        command.addAll(line);
        return new ProcessBuilder(command)
                .redirectInput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private long record(Process process, RecordedMaps areas, Path trace) throws IOException {
        Progress progress = new Progress(spec.commandLine().getErr());
        try (InputStream looking = areas.looking(process.getInputStream(), process.pid(), LOOK_EVERY);
                TraceFile file = TraceFile.of(line.get(0), looking);
                LackeyReader reader = new LackeyReader(file);
                AccessFileWriter writer = create(trace)) {
            while (reader.next()) {
                writer.write(reader.permissions(), reader.address(), reader.size());
                if ((reader.accesses() & STEP_MASK) == 0) {
                    progress.at(file, reader.accesses());
                }
            }
            return reader.accesses();
        } finally {
            progress.done();
        }
    }

    private static AccessFileWriter create(Path trace) throws BadInput {
        try {
            return AccessFileWriter.create(trace);
        } catch (IOException e) {
            throw new BadInput(trace + ": can't be written: " + e.getMessage() + "; name another file with --out", e);
        }
    }
}
