// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

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

/** {@code iopf detach}: detaches (device, PASID) from its domain (rule C19). */
@Command(
        name = "detach",
        mixinStandardHelpOptions = true,
        description = "Detaches a device from its domain; groups that are pending are answered INVALID.",
        footer = {"", "Example (in the shell of iopf serve):", "  detach nic0 --pasid 7"})
public final class DetachCommand implements Callable<Integer> {
    private final Platform platform;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DEVICE", description = "The device's name.")
    private String device;

    @Option(
            names = "--pasid",
            paramLabel = "PASID",
            description = "The PASID (default: the device's accesses without PASID).")
    private int pasid = Pasid.NONE;

    public DetachCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() throws Exception {
        if (pasid != Pasid.NONE && !Pasid.isValid(pasid)) {
            throw new BadInput("PASID " + pasid + " is not 0 to " + Pasid.MAX);
        }
        platform.service(IoPageFaults.class).detach(platform.endpoint(device).device(), pasid);
        spec.commandLine().getOut().printf("%s%s detached%n", device, pasid == Pasid.NONE ? "" : " pasid " + pasid);
        return 0;
    }
}
