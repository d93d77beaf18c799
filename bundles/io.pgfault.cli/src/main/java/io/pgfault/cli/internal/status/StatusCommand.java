// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.status;

import io.pgfault.cli.internal.console.JsonOutput;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code iopf status}: every configuration, whether it works, and why not. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Says of each configuration and component of io.pgfault whether it works. For one that does not, the",
            "deepest cause in one line: which property has which value, and what to do.",
            "States: active; ready (made when somebody asks); waits (something is missing); failed; unknown (no bundle",
            "has that PID); warning (works, but a property or a handler's kind looks wrong)."
        },
        footer = {"", "Example (in the shell of iopf serve):", "  status", "  status --json"})
public final class StatusCommand implements Callable<Integer> {
    private final Components components;

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print JSON: one object, whose one member is the list of states.")
    private boolean json;

    /** Makes the command for a container. */
    public StatusCommand(Components components) {
        this.components = components;
    }

    @Override
    public Integer call() throws Exception {
        List<PidState> states = components.states();
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            JsonArrayBuilder array = Json.createArrayBuilder();
            states.forEach(state -> array.add(Json.createObjectBuilder()
                    .add("pid", state.pid())
                    .add("state", state.state())
                    .add("text", state.text())));
            JsonOutput.write(
                    "-", Json.createObjectBuilder().add("status", array).build(), out);
            return 0;
        }
        for (PidState state : states) {
            out.printf("%-8s %s%s%n", state.state(), state.pid(), state.text().isEmpty() ? "" : ": " + state.text());
        }
        long broken = states.stream().filter(PidState::isBroken).count();
        out.println(broken == 0 ? "everything works" : broken + " of " + states.size() + " need a look");
        return 0;
    }
}
