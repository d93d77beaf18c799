// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.cli.internal.console.BadInput;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code iopf trace}: prints faults as they happen. */
@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        description = {
            "Prints each request, group, handler and response as it happens, about a second later.",
            "At most 1000 lines are printed for a second; the events beyond are counted."
        },
        footer = {
            "",
            "Example (in the shell of iopf serve):",
            "  trace on",
            "  inject nic0 0x7f0000001000 r",
            "  trace off"
        })
public final class TraceCommand implements Callable<Integer> {
    private final AtomicReference<AutoCloseable> running;
    private final PrintStream console;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "on|off", description = "Whether to print from now on.")
    private String word;

    /**
     * Makes the command.
     *
     * @param running what a trace that runs ends with; null inside if none runs
     * @param console where lines appear after the command has returned
     */
    public TraceCommand(AtomicReference<AutoCloseable> running, PrintStream console) {
        this.running = running;
        this.console = console;
    }

    @Override
    public Integer call() throws Exception {
        switch (word) {
            case "on" -> on();
            case "off" -> off();
            default -> throw new BadInput("trace " + word + ": write on or off");
        }
        return 0;
    }

    private void on() throws Exception {
        FaultTrace trace = new FaultTrace(console);
        if (!running.compareAndSet(null, trace)) {
            trace.close();
            throw new BadInput("the trace is on already; trace off ends it");
        }
        spec.commandLine().getOut().println("trace on; trace off ends it");
    }

    private void off() throws Exception {
        AutoCloseable trace = running.getAndSet(null);
        if (trace == null) {
            throw new BadInput("the trace is off already; trace on begins one");
        }
        if (trace instanceof FaultTrace faults && !faults.awaitPrinted()) {
            spec.commandLine().getErr().println("iopf: the trace may lack the last events");
        }
        trace.close();
        spec.commandLine().getOut().println("trace off");
    }
}
