// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.trace.TraceFormat;
import java.util.Arrays;
import java.util.Optional;

/** The kinds of unit of a built-in platform. */
public enum Backend {
    VTD("vtd"),
    SMMUV3("smmuv3");

    private final String kind;

    Backend(String kind) {
        this.kind = kind;
    }

    /** Returns the kind as the service property {@code io.pgfault.unit.kind} has it. */
    public String kind() {
        return kind;
    }

    /**
     * Returns the kind whose hardware writes records of a format; empty for memory accesses, which fit any kind, and
     * for a recording, whose units have kinds of their own.
     */
    public static Optional<Backend> of(TraceFormat format) {
        return switch (format) {
            case PRQ, FTRACE -> Optional.of(VTD);
            case EVTQ, PRIQ, DMESG -> Optional.of(SMMUV3);
            case LACKEY, FAULTS, ADDRESSES, IOPF, RECORDING -> Optional.empty();
        };
    }

    /** Returns the backend of a kind; empty if there is none. */
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
