// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.Platform;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code iopf attach}: attaches (device, PASID) to a domain, whose handler then gets the faults. */
@Command(
        name = "attach",
        mixinStandardHelpOptions = true,
        description = "Attaches a device to a domain, in place of the domain that was attached before.",
        footer = {"", "Example (in the shell of iopf serve):", "  attach nic0 vm0 --pasid 7"})
public final class AttachCommand implements Callable<Integer> {
    private final Platform platform;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DEVICE", description = "The device's name.")
    private String device;

    @Parameters(index = "1", paramLabel = "DOMAIN", description = "The domain's name.")
    private String domain;

    @Option(
            names = "--pasid",
            paramLabel = "PASID",
            description = "The PASID (default: the device's accesses without PASID).")
    private int pasid = Pasid.NONE;

    public AttachCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() throws Exception {
        if (pasid != Pasid.NONE && !Pasid.isValid(pasid)) {
            throw new BadInput("PASID " + pasid + " is not 0 to " + Pasid.MAX);
        }
        Domain to = platform.domains().stream()
                .filter(d -> d.name().equals(domain))
                .findFirst()
                .orElseThrow(() -> new BadInput("no domain " + domain + "; the command domains lists the domains"));
        platform.service(IoPageFaults.class).attach(platform.endpoint(device).device(), pasid, to);
        spec.commandLine()
                .getOut()
                .printf("%s%s attached to %s%n", device, pasid == Pasid.NONE ? "" : " pasid " + pasid, domain);
        return 0;
    }
}
