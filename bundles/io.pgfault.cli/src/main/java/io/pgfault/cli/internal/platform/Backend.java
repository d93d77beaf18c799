// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.trace.TraceFormat;
import java.util.Arrays;
import java.util.Optional;

/** The kinds of unit that the command can make for itself. */
public enum Backend {
    VTD("vtd"),
    SMMUV3("smmuv3");

    private final String kind;

    Backend(String kind) {
        this.kind = kind;
    }

    /** The unit kind, as the service property has it. */
    public String kind() {
        return kind;
    }

    /** The backend whose hardware writes records of a format; empty if any will do. */
    public static Optional<Backend> of(TraceFormat format) {
        return switch (format) {
            case PRQ, FTRACE -> Optional.of(VTD);
            case EVTQ, PRIQ, DMESG -> Optional.of(SMMUV3);
            case LACKEY -> Optional.empty();
        };
    }

    /** The backend of a kind; empty if there is none. */
    public static Optional<Backend> named(String kind) {
        return Arrays.stream(values())
                .filter(backend -> backend.kind.equals(kind))
                .findFirst();
    }

    @Override
    public String toString() {
        return kind;
    }
}
