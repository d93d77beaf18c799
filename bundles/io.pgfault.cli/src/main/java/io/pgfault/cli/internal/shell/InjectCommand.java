// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.Platform;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code iopf inject}: makes a device access a page, and prints the outcome. */
@Command(
        name = "inject",
        mixinStandardHelpOptions = true,
        description = "Makes a device access a page; it faults if the page isn't there.",
        footer = {"", "Example (in the shell of iopf serve):", "  inject nic0 0x7f0000001000 rw"})
public final class InjectCommand implements Callable<Integer> {
    private final Platform platform;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DEVICE", description = "The device's name.")
    private String device;

    @Parameters(index = "1", paramLabel = "ADDRESS", description = "The address, hexadecimal with 0x, or decimal.")
    private String address;

    @Parameters(
            index = "2",
            paramLabel = "ACCESS",
            defaultValue = "r",
            description = "Letters of r, w and x (default: ${DEFAULT-VALUE}).")
    private String access;

    @Option(names = "--pasid", paramLabel = "PASID", description = "The PASID (default: the device's own).")
    private Integer pasid;

    public InjectCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() throws Exception {
        Endpoint endpoint = platform.endpoint(device);
        if (pasid != null && !Pasid.isValid(pasid)) {
            throw new BadInput("PASID " + pasid + " is not 0 to " + Pasid.MAX);
        }
        Endpoint.Access result =
                endpoint.access(pasid == null ? endpoint.pasid() : pasid, parseAddress(), parsePermissions());
        spec.commandLine()
                .getOut()
                .printf(
                        "%s %s %s: %s, %d page request%s%n",
                        device,
                        access,
                        address,
                        result.outcome().name().toLowerCase(Locale.ROOT),
                        result.requests(),
                        result.requests() == 1 ? "" : "s");
        return 0;
    }

    private long parseAddress() throws BadInput {
        try {
            return address.startsWith("0x")
                    ? Long.parseUnsignedLong(address.substring(2), 16)
                    : Long.parseUnsignedLong(address);
        } catch (NumberFormatException e) {
            throw new BadInput("address " + address + " is not a number; write hexadecimal ones with 0x", e);
        }
    }

    private int parsePermissions() throws BadInput {
        int permissions = 0;
        for (int i = 0; i < access.length(); i++) {
            permissions |= switch (access.charAt(i)) {
                case 'r' -> Permissions.READ;
                case 'w' -> Permissions.WRITE;
                case 'x' -> Permissions.EXEC;
                default -> throw new BadInput("access \"" + access + "\" is not made of the letters r, w and x");
            };
        }
        return permissions;
    }
}
