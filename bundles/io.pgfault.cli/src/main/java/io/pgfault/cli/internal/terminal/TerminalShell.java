// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.terminal;

import io.pgfault.cli.internal.platform.Platform;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Job;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReader.Option;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.osgi.framework.BundleContext;
import picocli.CommandLine;

/**
 * A session of Gogo behind JLine's line editor. Ctrl-C ends the line that is edited, or the command that runs; Ctrl-D
 * on an empty line leaves the shell. The history is kept between runs.
 */
public final class TerminalShell {
    private static final String GREEN_PROMPT = "\033[32mg!\033[0m ";
    private static final String PROMPT = "g! ";
    private static final String LOGIN = "gosh --login --noshutdown --nointeractive";

    private final Commands commands;
    private final Completions completions;
    private final boolean colours = System.getenv("NO_COLOR") == null;

    /**
     * A shell in the framework of {@code context}.
     *
     * @param verbs the verbs of this bundle by name
     */
    public TerminalShell(BundleContext context, Map<String, CommandLine> verbs, Platform platform) {
        this.commands = new Commands(context);
        this.completions = new Completions(verbs, commands, platform);
    }

    /**
     * Whether the process has a terminal that a line can be edited on, which the script {@code iopf} tells by
     * properties, and JLine is there: its import is optional.
     */
    public static boolean isPossible(BundleContext context) {
        String type = System.getenv("TERM");
        return Boolean.getBoolean("iopf.stdin.terminal")
                && Boolean.getBoolean("iopf.stdout.terminal")
                && type != null
                && !type.equals("dumb")
                && hasLineEditor(context);
    }

    private static boolean hasLineEditor(BundleContext context) {
        try {
            context.getBundle().loadClass("org.jline.reader.LineReader");
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** Runs the shell on the terminal of the process, until the user leaves. */
    public void run(CommandProcessor processor, PrintStream err) throws Exception {
        try (Terminal terminal = terminal()) {
            run(processor, terminal, history(), err);
        }
    }

    /** JLine finds what it has for this system by the loader of the thread. */
    private static Terminal terminal() throws IOException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(TerminalBuilder.class.getClassLoader());
        try {
            return TerminalBuilder.builder().system(true).build();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private void run(CommandProcessor processor, Terminal terminal, Path history, PrintStream err) throws Exception {
        LineReader reader = reader(terminal, history);
        PrintStream out = new PrintStream(new LineAbove(reader), true, StandardCharsets.UTF_8);
        AtomicBoolean leaves = new AtomicBoolean();
        while (!leaves.get()) {
            AtomicBoolean interrupted = new AtomicBoolean();
            // Gogo closes the output of a session with the command that is interrupted: another session takes over.
            try (CommandSession session = processor.createSession(terminal.input(), out, err)) {
                session.execute(LOGIN);
                // Gogo's own exit ends the process at once.
                session.put("exit", (Function) (of, arguments) -> {
                    leaves.set(true);
                    return null;
                });
                terminal.handle(Terminal.Signal.INT, signal -> {
                    interrupted.set(true);
                    interrupt(session);
                });
                while (!leaves.get() && !interrupted.get()) {
                    if (!read(reader, session, out, err)) {
                        leaves.set(true);
                    }
                }
            }
        }
    }

    private static void interrupt(CommandSession session) {
        Job job = session.foregroundJob();
        if (job != null) {
            job.interrupt();
        }
    }

    /** Reads and executes a line; returns whether the user stays. */
    private boolean read(LineReader reader, CommandSession session, PrintStream out, PrintStream err) {
        String line;
        try {
            line = reader.readLine(colours ? GREEN_PROMPT : PROMPT);
        } catch (UserInterruptException e) {
            // Ctrl-C: another line.
            return true;
        } catch (EndOfFileException e) {
            // Ctrl-D, or the terminal has gone.
            return false;
        }
        try {
            Object result = line.isBlank() ? null : session.execute(line);
            if (result != null) {
                out.println(session.format(result, Converter.INSPECT));
            }
        } catch (InterruptedException | CancellationException e) {
            // Ctrl-C ended the command.
            err.println("interrupted");
        } catch (Exception e) {
            session.put("exception", e);
            err.println("gogo: " + e.getClass().getSimpleName() + ": " + e.getMessage());
        }
        return true;
    }

    /** The line editor: history, completion, and colours of what a person writes. */
    LineReader reader(Terminal terminal, Path history) {
        DefaultParser parser = new DefaultParser();
        // A line goes on while a quote or a bracket of Gogo is open.
        parser.setEofOnUnclosedQuote(true);
        parser.setEofOnUnclosedBracket(DefaultParser.Bracket.CURLY, DefaultParser.Bracket.ROUND);
        LineReaderBuilder builder = LineReaderBuilder.builder()
                .appName("iopf")
                .terminal(terminal)
                .parser(parser)
                .completer(new CommandCompleter(completions))
                // An exclamation mark recalls no line of the history: commands contain it, for example in LDAP filters.
                .option(Option.DISABLE_EVENT_EXPANSION, true)
                .option(Option.HISTORY_IGNORE_SPACE, true)
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "%P > ");
        if (colours) {
            builder.highlighter(new CommandColours(commands));
        }
        if (history != null) {
            builder.variable(LineReader.HISTORY_FILE, history);
        }
        return builder.build();
    }

    /** The file of the history, by the XDG Base Directory Specification; {@code null} where none can be kept. */
    private static Path history() {
        String state = System.getenv("XDG_STATE_HOME");
        Path folder = state == null || state.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".local", "state", "iopf")
                : Path.of(state, "iopf");
        try {
            return Files.createDirectories(folder).resolve("history");
        } catch (IOException e) {
            // Without a folder that the user may write to, the history lasts as long as the shell.
            return null;
        }
    }
}
