// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.cli.internal.console.JsonOutput;
import io.pgfault.cli.internal.console.Listing;
import jakarta.json.Json;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A verb that prints one table, or the same as JSON. The shell's thread runs it. */
abstract class ListingCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print JSON: one object, whose one member is the list of rows.")
    private boolean json;

    /** The rows as they are now. */
    abstract Listing listing() throws Exception;

    @Override
    public Integer call() throws Exception {
        print(listing());
        return 0;
    }

    final void print(Listing listing) throws Exception {
        PrintWriter out = out();
        if (json) {
            JsonOutput.write(
                    "-",
                    Json.createObjectBuilder().add(spec.name(), listing.json()).build(),
                    out);
        } else {
            listing.print(out);
        }
        out.flush();
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final boolean json() {
        return json;
    }
}
