// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.PageRequest;
import io.pgfault.api.Permissions;
import io.pgfault.cli.internal.console.FlightRecording;
import io.pgfault.cli.internal.console.Quantity;
import java.io.PrintStream;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;

/**
 * Prints faults as they happen, a line for each event of the core, until it is closed. The thread of the flight
 * recorder's stream prints, about a second after the event. In one second at most {@value #LINES} lines are printed;
 * the events beyond are counted.
 */
final class FaultTrace implements AutoCloseable {
    private static final int LINES = 1_000;
    /** The Flight Recorder flushes once in a second. */
    private static final long PATIENCE_SECONDS = 3;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS", Locale.ROOT).withZone(ZoneId.systemDefault());

    private final PrintStream out;
    private final RecordingStream stream = new RecordingStream();
    /** A permit for each flush, released by the stream's thread. */
    private final Semaphore flushes = new Semaphore(0);
    /** The second of the last line, and how many events fell into it. Only the stream's thread uses both. */
    private long second;

    private long events;

    /** Begins to print. */
    FaultTrace(PrintStream out) {
        this.out = out;
        FlightRecording.EVENTS.forEach(name -> {
            stream.enable(name).withThreshold(Duration.ZERO);
            stream.onEvent(name, this::print);
        });
        stream.onFlush(flushes::release);
        stream.setOrdered(true);
        stream.startAsync();
    }

    private void print(RecordedEvent event) {
        long now = event.getEndTime().getEpochSecond();
        if (now != second) {
            if (events > LINES) {
                out.printf("trace: %s more in that second%n", Quantity.count(events - LINES, "event", "events"));
            }
            second = now;
            events = 0;
        }
        if (++events <= LINES) {
            out.println(TIME.format(event.getEndTime()) + " " + line(event));
        }
    }

    /** The line of an event, without its time. */
    static String line(RecordedEvent event) {
        String name = event.getEventType().getName();
        String what = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        if (!event.hasField("dev")) {
            return "%-9s %s".formatted(what, event.getString("iommu"));
        }
        int pasid = event.getInt("pasid");
        String place = "%-9s %s %s %s group %d"
                .formatted(
                        what,
                        event.getString("iommu"),
                        event.getString("dev"),
                        pasid < 0 ? "no pasid" : "pasid " + pasid,
                        event.getInt("grpid"));
        return place
                + switch (what) {
                    case "request" ->
                        " 0x%x %s%s"
                                .formatted(
                                        event.getLong("addr"),
                                        Permissions.toString(event.getInt("perm")),
                                        (event.getInt("flags") & PageRequest.LAST_PAGE) != 0 ? " last" : "");
                    case "group" -> " of " + Quantity.count(event.getInt("requests"), "request", "requests");
                    case "handler" ->
                        " %s %s %s"
                                .formatted(
                                        event.getString("handler"),
                                        event.getString("disposition"),
                                        Quantity.nanos(event.getDuration().toNanos()));
                    case "response" ->
                        " %s after %s"
                                .formatted(
                                        event.getString("code"),
                                        Quantity.nanos(
                                                event.getDuration("latency").toNanos()));
                    case "recall" -> " from " + event.getString("handler");
                    case "bound" -> " " + event.getString("bound");
                    default -> "";
                };
    }

    /**
     * Waits until the events that happened before the call are printed, which takes up to two seconds: the flush that
     * comes first may have begun before the call, the second has not.
     *
     * @return false if they were not printed in time
     */
    boolean awaitPrinted() throws InterruptedException {
        flushes.drainPermits();
        return flushes.tryAcquire(2, PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        stream.close();
    }
}
