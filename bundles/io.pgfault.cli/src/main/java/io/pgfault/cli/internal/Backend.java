// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import io.pgfault.trace.TraceFormat;
import java.util.Arrays;
import java.util.Optional;

/** The kinds of unit that the command can make for itself. */
enum Backend {
    VTD("vtd", EndpointKind.PCIE),
    SMMUV3("smmuv3", EndpointKind.STALL);

    private final String kind;
    private final EndpointKind endpoint;

    Backend(String kind, EndpointKind endpoint) {
        this.kind = kind;
        this.endpoint = endpoint;
    }

    /** The unit kind, as the service property has it. */
    String kind() {
        return kind;
    }

    /** The kind of device that is usual behind such a unit. */
    EndpointKind endpoint() {
        return endpoint;
    }

    /** The backend whose hardware writes records of a format; empty if any will do. */
    static Optional<Backend> of(TraceFormat format) {
        return switch (format) {
            case PRQ, FTRACE -> Optional.of(VTD);
            case EVTQ, PRIQ, DMESG -> Optional.of(SMMUV3);
            case LACKEY -> Optional.empty();
        };
    }

    /** The backend of a kind; empty if there is none. */
    static Optional<Backend> named(String kind) {
        return Arrays.stream(values())
                .filter(backend -> backend.kind.equals(kind))
                .findFirst();
    }

    @Override
    public String toString() {
        return kind;
    }
}
