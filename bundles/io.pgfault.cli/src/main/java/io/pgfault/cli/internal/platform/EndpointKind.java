// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.cli.internal.console.BadInput;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The kinds of device of a built-in platform. */
public enum EndpointKind {
    /** A PCIe function: it asks for pages with PRI. */
    PCIE("pcie", "pcie"),
    /** {@link #PCIE} by its other name: SMMUv3 has page requests (PRI) beside stalls. */
    PRI("pri", "pcie"),
    /** A platform device whose transactions stall. */
    STALL("stall", "stall");

    private final String cliName;
    private final String component;

    EndpointKind(String cliName, String component) {
        this.cliName = cliName;
        this.component = component;
    }

    /** Returns the kind of device that is usual behind a kind of unit. */
    public static EndpointKind usual(Backend backend) {
        return switch (backend) {
            case VTD -> PCIE;
            case SMMUV3 -> STALL;
        };
    }

    /** Returns the factory PID of the configurations of such devices. */
    String factoryPid() {
        return "io.pgfault.endpoint." + component;
    }

    /**
     * Returns the kind of a name on the command line.
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
