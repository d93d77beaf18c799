// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import io.pgfault.cli.internal.bench.BenchCommand;
import io.pgfault.cli.internal.check.CheckCommand;
import io.pgfault.cli.internal.compare.CompareCommand;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.copy.CopyCommand;
import io.pgfault.cli.internal.decode.DecodeCommand;
import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.cli.internal.record.RecordCommand;
import io.pgfault.cli.internal.replay.ReplayCommand;
import io.pgfault.cli.internal.serve.ServeCommand;
import io.pgfault.cli.internal.shell.AttachCommand;
import io.pgfault.cli.internal.shell.DetachCommand;
import io.pgfault.cli.internal.shell.DevicesCommand;
import io.pgfault.cli.internal.shell.DomainsCommand;
import io.pgfault.cli.internal.shell.GroupsCommand;
import io.pgfault.cli.internal.shell.HandlersCommand;
import io.pgfault.cli.internal.shell.HealthCommand;
import io.pgfault.cli.internal.shell.InjectCommand;
import io.pgfault.cli.internal.shell.StatsCommand;
import io.pgfault.cli.internal.shell.TopCommand;
import io.pgfault.cli.internal.shell.TraceCommand;
import io.pgfault.cli.internal.shell.UnitsCommand;
import io.pgfault.cli.internal.status.Components;
import io.pgfault.cli.internal.status.StatusCommand;
import io.pgfault.trace.UnreadableInput;
import io.pgfault.trace.grammar.LogGrammar;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/**
 * The command {@code iopf}. The verbs are the same on the command line of the process and in the shell. Exit codes: 0
 * the input was processed, 1 something broke, 2 bad usage or unreadable input.
 */
@Component(service = Iopf.class)
@Command(
        name = "iopf",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "I/O page faults on the JVM: record, replay, handle.",
        footer = {
            "",
            "Examples:",
            "  iopf replay --maps itests/samples/cat.maps itests/samples/cat.lackey.gz",
            "  iopf replay --format prq --responses answers.bin --json - dump.prq",
            "  iopf copy big.iso copy.iso",
            "  iopf bench --handler workers",
            "  iopf compare --handler mine.jar --maps itests/samples/cat.maps itests/samples/cat.lackey.gz",
            "  iopf serve --platform itests/samples/platform.json",
            "  iopf new handler my-handler org.acme.memory",
            "  iopf new driver my-driver org.acme.iommu",
            "  iopf help replay"
        })
public final class Iopf implements Runnable {
    private static final System.Logger LOG = System.getLogger(Iopf.class.getName());
    private static final String IN_SHELL = "the shell";
    private static final int FAILED = 1;
    private static final int BAD_INPUT = 2;

    private final BundleContext context;
    private final ConfigurationAdmin configurations;
    private final Platform platform;
    /** What ends the trace that runs; null inside if none runs. */
    private final AtomicReference<AutoCloseable> trace = new AtomicReference<>();

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    /** Called by Declarative Services. */
    @Activate
    public Iopf(BundleContext context, @Reference ConfigurationAdmin configurations) {
        this.context = context;
        this.configurations = configurations;
        this.platform = new Platform(context, configurations);
    }

    /** Ends the trace, if one runs. Called by Declarative Services. */
    @Deactivate
    void deactivate() throws Exception {
        AutoCloseable running = trace.getAndSet(null);
        if (running != null) {
            running.close();
        }
    }

    /**
     * Runs one command line of the process, and returns the exit code. Output goes to the standard streams as they are
     * now.
     */
    public int execute(String... arguments) {
        return execute("iopf help", System.out, arguments);
    }

    /**
     * Runs one command of the Gogo shell, where {@code COMMAND --help} prints the help.
     *
     * @param console where a trace prints after its command has returned
     */
    void executeInShell(PrintStream console, String... arguments) {
        execute(IN_SHELL, console, arguments);
    }

    private int execute(String help, PrintStream console, String... arguments) {
        PrintWriter out = new PrintWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), true);
        PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, StandardCharsets.UTF_8), true);
        return new CommandLine(this)
                .addSubcommand(new ReplayCommand(platform))
                .addSubcommand(new DecodeCommand(() -> grammars(context)))
                .addSubcommand(new CopyCommand(platform))
                .addSubcommand(new BenchCommand(platform))
                .addSubcommand(new CompareCommand(platform, context))
                .addSubcommand(new RecordCommand())
                .addSubcommand(new CheckCommand(platform, context, configurations))
                .addSubcommand(new ServeCommand(platform, context, configurations))
                .addSubcommand(new UnitsCommand(platform))
                .addSubcommand(new DevicesCommand(platform))
                .addSubcommand(new HandlersCommand(platform))
                .addSubcommand(StatsCommand.explained(platform))
                .addSubcommand(new InjectCommand(platform))
                .addSubcommand(new DomainsCommand(platform))
                .addSubcommand(new AttachCommand(platform))
                .addSubcommand(new DetachCommand(platform))
                .addSubcommand(new GroupsCommand(platform))
                .addSubcommand(new TopCommand(platform))
                .addSubcommand(new TraceCommand(trace, console))
                .addSubcommand(new StatusCommand(new Components(context, configurations)))
                .addSubcommand(new HealthCommand(platform))
                .addSubcommand(new NewCommand())
                .addSubcommand(new HelpCommand())
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((e, args) -> {
                    CommandLine command = e.getCommandLine();
                    String verb = command.getParent() == null ? "" : " " + command.getCommandName();
                    err.println("iopf: " + e.getMessage() + "; see "
                            + (help.equals(IN_SHELL) ? verb.strip() + " --help" : help + verb));
                    return BAD_INPUT;
                })
                .setExecutionExceptionHandler((e, command, result) -> {
                    if (e instanceof BadInput || e instanceof UnreadableInput) {
                        err.println("iopf: " + e.getMessage());
                        return BAD_INPUT;
                    }
                    if (e instanceof InterruptedException) {
                        // Ctrl-C in a shell ended the verb, and the shell says so.
                        return FAILED;
                    }
                    if (help.equals(IN_SHELL)) {
                        // A bundle that the command uses may be restarted meanwhile: ordinary for an operator.
                        err.println("iopf: " + command.getCommandName() + " failed: " + e
                                + "; was a bundle stopped or restarted that it uses? try again");
                        LOG.log(System.Logger.Level.DEBUG, command.getCommandName() + " failed", e);
                        return FAILED;
                    }
                    err.println("iopf: " + command.getCommandName() + " failed: " + e);
                    e.printStackTrace(err);
                    return FAILED;
                })
                .execute(arguments);
    }

    /** The grammars that other bundles have registered; none outside of a framework. */
    private static List<LogGrammar> grammars(BundleContext context) {
        if (context == null) {
            return List.of();
        }
        try {
            return context.getServiceReferences(LogGrammar.class, null).stream()
                    .map(context::getService)
                    .filter(Objects::nonNull)
                    .toList();
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("no filter was given", e);
        }
    }

    /** Prints the verbs, for a command line without a verb. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
