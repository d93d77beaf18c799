// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.console;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;

/** A flight recording of the core's events, from the opening to the closing. One thread. */
public final class FlightRecording implements AutoCloseable {
    /** The events of the core, see its README. */
    public static final List<String> EVENTS = List.of(
            "io.pgfault.Request",
            "io.pgfault.Group",
            "io.pgfault.Handler",
            "io.pgfault.Response",
            "io.pgfault.Deadline",
            "io.pgfault.Recall",
            "io.pgfault.Bound",
            "io.pgfault.Overflow");

    private final Path file;
    private final Recording recording = new Recording();

    /** Starts to record; nothing is written before {@link #close}. */
    public FlightRecording(Path file) {
        this.file = file;
        EVENTS.forEach(event -> recording.enable(event).withThreshold(Duration.ZERO));
        recording.setName("iopf");
        recording.start();
    }

    /**
     * Ends the recording and writes the file.
     *
     * @throws BadInput if the file can't be written
     */
    @Override
    public void close() throws BadInput {
        try (recording) {
            recording.stop();
            recording.dump(file);
        } catch (IOException e) {
            throw new BadInput("--jfr " + file + ": can't be written: " + e.getMessage(), e);
        }
    }
}
