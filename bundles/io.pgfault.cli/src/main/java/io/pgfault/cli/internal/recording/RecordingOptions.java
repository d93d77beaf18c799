// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.recording;

import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.trace.replay.Pace;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of a replay that are about recordings. picocli writes the fields before any method runs. */
public final class RecordingOptions {
    @Option(
            names = "--record",
            paramLabel = "FILE",
            description = "Write what the unit's hardware wrote, with its time: a recording, which replay reads.")
    private Path record;

    @Option(
            names = "--speed",
            paramLabel = "N",
            description = "A recording: keep its times, 1 as recorded, 2 twice as fast (default: as fast as possible).")
    private Double speed;

    /** Returns the file of {@code --record}; empty if there is none. */
    public Optional<Path> record() {
        return Optional.ofNullable(record);
    }

    /** Whether the command line names a speed. */
    public boolean namesSpeed() {
        return speed != null;
    }

    /**
     * Returns the pace of {@code --speed}.
     *
     * @throws BadInput if the speed is no number greater than 0
     */
    public Pace pace() throws BadInput {
        try {
            return speed == null ? Pace.asFastAsPossible() : Pace.of(speed);
        } catch (IllegalArgumentException e) {
            throw new BadInput("--speed " + speed + ": " + e.getMessage(), e);
        }
    }
}
