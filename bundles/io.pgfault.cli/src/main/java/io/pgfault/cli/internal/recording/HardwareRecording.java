// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.recording;

import io.pgfault.api.bus.Unit;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.trace.recording.RecordingWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/**
 * The file of {@code --record}: takes what the hardware of units writes, from the opening to the closing. The thread
 * {@code io-pgfault-record} writes what has come to the file each second, so that a killed process loses no more than
 * that. Any thread.
 */
public final class HardwareRecording implements AutoCloseable {
    private static final String OPTION = "--record ";
    private static final long FLUSH_MILLIS = 1_000;

    private final Path file;
    private final PrintWriter err;
    private final RecordingWriter writer;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread = new Thread(this::flush, "io-pgfault-record");
    /** The taps of the units that are there; guarded by its monitor. */
    private final Map<Unit, AutoCloseable> taps = new HashMap<>();

    private Optional<ServiceTracker<Unit, Unit>> units = Optional.empty();

    private HardwareRecording(Path file, PrintWriter err) throws BadInput {
        this.file = file;
        this.err = err;
        try {
            writer = RecordingWriter.create(file);
        } catch (IOException e) {
            throw new BadInput(OPTION + e.getMessage(), e);
        }
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Records some units.
     *
     * @param inputs the files that the command reads
     * @throws BadInput if the file can't be written, is one of {@code inputs}, or a unit doesn't show its requests
     */
    public static HardwareRecording of(Path file, List<Unit> units, List<Path> inputs, PrintWriter err)
            throws IOException {
        for (Path input : inputs) {
            if (Files.exists(file) && Files.exists(input) && Files.isSameFile(file, input)) {
                throw new BadInput(OPTION + file + ": the command reads this file; name another");
            }
        }
        HardwareRecording recording = new HardwareRecording(file, err);
        for (Unit unit : units) {
            if (!recording.tap(unit)) {
                recording.close();
                throw new BadInput(OPTION + file + ": " + hidden(unit));
            }
        }
        return recording;
    }

    /**
     * Records every unit of a container, also units that start later.
     *
     * @throws BadInput if the file can't be written
     */
    public static HardwareRecording ofAll(Path file, BundleContext context, PrintWriter err) throws BadInput {
        HardwareRecording recording = new HardwareRecording(file, err);
        ServiceTracker<Unit, Unit> tracker = new ServiceTracker<>(context, Unit.class, null) {
            @Override
            public Unit addingService(ServiceReference<Unit> reference) {
                Unit unit = super.addingService(reference);
                if (unit != null && !recording.tap(unit)) {
                    err.println("iopf: " + OPTION + file + ": " + hidden(unit));
                }
                return unit;
            }

            @Override
            public void removedService(ServiceReference<Unit> reference, Unit unit) {
                recording.untap(unit);
                super.removedService(reference, unit);
            }
        };
        recording.units = Optional.of(tracker);
        tracker.open();
        return recording;
    }

    private static String hidden(Unit unit) {
        return "unit %s (%s) doesn't show its requests, so nothing of it is recorded"
                .formatted(unit.name(), unit.kind());
    }

    private boolean tap(Unit unit) {
        Optional<AutoCloseable> tap = unit.tapRequests(writer.tap(unit));
        synchronized (taps) {
            tap.ifPresent(opened -> taps.put(unit, opened));
        }
        return tap.isPresent();
    }

    private void untap(Unit unit) {
        AutoCloseable tap;
        synchronized (taps) {
            tap = taps.remove(unit);
        }
        if (tap != null) {
            try {
                tap.close();
            } catch (Exception e) {
                err.println("iopf: " + OPTION + file + ": unit " + unit.name() + ": " + e);
            }
        }
    }

    private void flush() {
        try {
            while (!stopping.await(FLUSH_MILLIS, TimeUnit.MILLISECONDS)) {
                writer.flush();
            }
        } catch (IOException e) {
            err.println("iopf: " + OPTION + e.getMessage() + "; the recording ends here");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Ends the recording and says how many records it has. Idempotent.
     *
     * @throws BadInput if the file couldn't be written
     */
    @Override
    public void close() throws BadInput {
        if (stopping.getCount() == 0) {
            return;
        }
        stopping.countDown();
        units.ifPresent(HardwareRecording::close);
        List<Unit> tapped;
        synchronized (taps) {
            tapped = List.copyOf(taps.keySet());
        }
        tapped.forEach(this::untap);
        try {
            writer.close();
        } catch (IOException e) {
            throw new BadInput(OPTION + e.getMessage(), e);
        }
        err.printf("recorded %s in %s%n", Quantity.count(writer.records(), "record", "records"), file);
    }

    private static void close(ServiceTracker<Unit, Unit> tracker) {
        try {
            tracker.close();
        } catch (IllegalStateException e) {
            // The framework has stopped: its units are gone, and their taps with them.
        }
    }
}
