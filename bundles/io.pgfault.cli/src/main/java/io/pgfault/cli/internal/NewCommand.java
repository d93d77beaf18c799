// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import io.pgfault.cli.internal.console.BadInput;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code iopf new}: makes a project for a handler or driver bundle. The templates are files of the source tree, so the
 * script {@code iopf} of the source tree does the work; this class is the help of the verb, and the answer
 * of the jar.
 */
@Command(
        name = "new",
        mixinStandardHelpOptions = true,
        description =
                "Makes a project for a bundle with a handler or a driver, with the API and the conformance kit. Only the"
                        + " script iopf of the source tree can: the jar holds no template.",
        footer = {
            "",
            "Examples:",
            "  ./iopf new handler my-handler org.acme.memory",
            "  ./iopf new driver my-driver org.acme.iommu"
        })
final class NewCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "handler|driver DIR [PACKAGE]",
            description = "A new folder, and the package (default: com.example.handler or com.example.driver).")
    private List<String> words = List.of();

    @Override
    public Integer call() throws BadInput {
        throw new BadInput("new " + String.join(" ", words)
                + ": run the script iopf in the source tree; the jar holds no template");
    }
}
