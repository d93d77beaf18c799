// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.cli.internal.console.BadInput;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The kinds of device that the command can make for itself. */
public enum EndpointKind {
    /** A PCIe function: it asks for pages with PRI. */
    PCIE("pcie", "pcie"),
    /** The same, as those call it who tell SMMUv3's two ways apart. */
    PRI("pri", "pcie"),
    /** A platform device whose transactions stall. */
    STALL("stall", "stall");

    private final String cliName;
    private final String component;

    EndpointKind(String cliName, String component) {
        this.cliName = cliName;
        this.component = component;
    }

    /** The kind of device that is usual behind a unit of that kind. */
    public static EndpointKind usual(Backend backend) {
        return switch (backend) {
            case VTD -> PCIE;
            case SMMUV3 -> STALL;
        };
    }

    /** The factory PID of its configurations. */
    String factoryPid() {
        return "io.pgfault.endpoint." + component;
    }

    /**
     * The kind of that name on the command line.
     *
     * @throws BadInput if there is none, or no such device works behind that kind of unit
     */
    public static EndpointKind of(String cliName, Backend backend) throws BadInput {
        Optional<EndpointKind> found = Arrays.stream(values())
                .filter(kind -> kind.cliName.equals(cliName))
                .findFirst();
        if (found.isEmpty()) {
            throw new BadInput("--endpoint " + cliName + ": not one of "
                    + Arrays.stream(values()).map(kind -> kind.cliName).collect(Collectors.joining(", ")));
        }
        if (found.get() == STALL && backend == Backend.VTD) {
            throw new BadInput(
                    "--endpoint stall: VT-d stalls no transaction; take --backend smmuv3 or --endpoint pcie");
        }
        return found.get();
    }
}
