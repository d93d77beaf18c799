// SPDX-License-Identifier: Apache-2.0
package io.pgfault.metrics.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.Latency;
import io.pgfault.api.watch.AnsweredGroups;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.Trouble;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.api.watch.WatchedHandler;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Quantiles;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The metrics of a core, by the conventions of Prometheus: base units, {@code _total} for what never falls. Any thread.
 */
final class FaultMetrics {
    private static final double NANOS = 1e9;

    private final IoPageFaults faults;
    private final FaultWatch watch;

    FaultMetrics(IoPageFaults faults, FaultWatch watch) {
        this.faults = faults;
        this.watch = watch;
    }

    /** The metrics as they are now. */
    MetricSnapshots read() {
        List<WatchedDevice> devices = watch.devices();
        List<PendingGroup> pending = watch.pending();
        List<WatchedHandler> handlers = watch.handlers();
        return MetricSnapshots.builder()
                .metricSnapshot(ofDevices(
                        "io_pgfault_requests", "Page requests that drivers reported.", devices, Counter.REQUESTS))
                .metricSnapshot(groups())
                .metricSnapshot(
                        ofDevices("io_pgfault_declined", "Offers that a handler declined.", devices, Counter.DECLINED))
                .metricSnapshot(ofDevices(
                        "io_pgfault_deadlines_missed",
                        "Groups answered INVALID at their deadline.",
                        devices,
                        Counter.TIMED_OUT))
                .metricSnapshot(ofDevices(
                        "io_pgfault_late_responses",
                        "Responses that came after the first of their group.",
                        devices,
                        Counter.REFUSED))
                .metricSnapshot(ofDevices(
                        "io_pgfault_limited",
                        "Requests and groups beyond a bound of the core.",
                        devices,
                        Counter.LIMITED))
                .metricSnapshot(ofDevices(
                        "io_pgfault_recalled", "Groups recalled from handlers that left.", devices, Counter.RECALLED))
                .metricSnapshot(ofDevices(
                        "io_pgfault_bad_requests",
                        "Requests that the checks of drivers refused.",
                        devices,
                        Counter.BAD_REQUESTS))
                .metricSnapshot(overflows())
                .metricSnapshot(latency())
                .metricSnapshot(pendingGroups(devices))
                .metricSnapshot(oldest(devices, pending))
                .metricSnapshot(partials(devices))
                .metricSnapshot(held(handlers))
                .metricSnapshot(calls(handlers))
                .metricSnapshot(time(handlers))
                .metricSnapshot(troubles())
                .build();
    }

    private static Labels of(WatchedDevice device) {
        return Labels.of("unit", device.unit(), "device", device.name());
    }

    private static Labels of(WatchedHandler handler) {
        return Labels.of("kind", handler.kind(), "handler", handler.name());
    }

    private static CounterSnapshot.CounterDataPointSnapshot point(Labels labels, Number value) {
        return CounterSnapshot.CounterDataPointSnapshot.builder()
                .labels(labels)
                .value(value.doubleValue())
                .build();
    }

    private static GaugeSnapshot.GaugeDataPointSnapshot gauge(Labels labels, Number value) {
        return GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .labels(labels)
                .value(value.doubleValue())
                .build();
    }

    private static CounterSnapshot ofDevices(String name, String help, List<WatchedDevice> devices, Counter counter) {
        CounterSnapshot.Builder builder = CounterSnapshot.builder().name(name).help(help);
        devices.forEach(
                device -> builder.dataPoint(point(of(device), device.counters().get(counter))));
        return builder.build();
    }

    private CounterSnapshot groups() {
        CounterSnapshot.Builder builder = CounterSnapshot.builder()
                .name("io_pgfault_groups")
                .help("Groups that were answered, by the bundle that answered and by code.");
        for (AnsweredGroups groups : watch.answered()) {
            Labels labels = Labels.of("unit", groups.unit(), "device", groups.device(), "handler", groups.handler());
            builder.dataPoint(point(labels.add("code", "success"), groups.success()));
            builder.dataPoint(point(labels.add("code", "invalid"), groups.invalid()));
            builder.dataPoint(point(labels.add("code", "failure"), groups.failure()));
        }
        return builder.build();
    }

    private CounterSnapshot overflows() {
        CounterSnapshot.Builder builder =
                CounterSnapshot.builder().name("io_pgfault_queue_overflows").help("Overflows of the queues of units.");
        for (FaultQueue queue : faults.queues()) {
            builder.dataPoint(
                    point(Labels.of("unit", queue.name()), queue.counters().get(Counter.OVERFLOWS)));
        }
        return builder.build();
    }

    private SummarySnapshot latency() {
        SummarySnapshot.Builder builder = SummarySnapshot.builder()
                .name("io_pgfault_latency_seconds")
                .unit(Unit.SECONDS)
                .help("From the close of a group to its response, of the groups that were measured.");
        for (FaultQueue queue : faults.queues()) {
            Latency latency = queue.latency();
            builder.dataPoint(SummarySnapshot.SummaryDataPointSnapshot.builder()
                    .labels(Labels.of("unit", queue.name()))
                    .quantiles(Quantiles.builder()
                            .quantile(0.5, latency.p50() / NANOS)
                            .quantile(0.9, latency.p90() / NANOS)
                            .quantile(0.99, latency.p99() / NANOS)
                            .quantile(0.999, latency.p999() / NANOS)
                            .quantile(1, latency.max() / NANOS)
                            .build())
                    .count(latency.count())
                    .build());
        }
        return builder.build();
    }

    private static GaugeSnapshot pendingGroups(List<WatchedDevice> devices) {
        GaugeSnapshot.Builder builder =
                GaugeSnapshot.builder().name("io_pgfault_pending_groups").help("Groups that wait for their response.");
        devices.forEach(device -> builder.dataPoint(gauge(of(device), device.pendingGroups())));
        return builder.build();
    }

    private static GaugeSnapshot oldest(List<WatchedDevice> devices, List<PendingGroup> pending) {
        Map<Labels, Long> ages = pending.stream()
                .collect(Collectors.toMap(
                        group -> Labels.of("unit", group.unit(), "device", group.device()),
                        PendingGroup::ageNanos,
                        Math::max));
        GaugeSnapshot.Builder builder = GaugeSnapshot.builder()
                .name("io_pgfault_oldest_group_age_seconds")
                .unit(Unit.SECONDS)
                .help("Since when the oldest pending group waits, 0 without any.");
        devices.forEach(device -> builder.dataPoint(gauge(of(device), ages.getOrDefault(of(device), 0L) / NANOS)));
        return builder.build();
    }

    private static GaugeSnapshot partials(List<WatchedDevice> devices) {
        GaugeSnapshot.Builder builder = GaugeSnapshot.builder()
                .name("io_pgfault_partial_requests")
                .help("Requests of groups whose last request has not come.");
        devices.forEach(device -> builder.dataPoint(gauge(of(device), device.partialRequests())));
        return builder.build();
    }

    private static GaugeSnapshot held(List<WatchedHandler> handlers) {
        GaugeSnapshot.Builder builder =
                GaugeSnapshot.builder().name("io_pgfault_handler_groups").help("Pending groups that a handler has.");
        handlers.forEach(handler -> builder.dataPoint(gauge(of(handler), handler.heldGroups())));
        return builder.build();
    }

    private static CounterSnapshot calls(List<WatchedHandler> handlers) {
        CounterSnapshot.Builder builder =
                CounterSnapshot.builder().name("io_pgfault_handler_calls").help("Groups offered to a handler.");
        handlers.forEach(handler -> builder.dataPoint(point(of(handler), handler.calls())));
        return builder.build();
    }

    private static CounterSnapshot time(List<WatchedHandler> handlers) {
        CounterSnapshot.Builder builder = CounterSnapshot.builder()
                .name("io_pgfault_handler_time_seconds")
                .unit(Unit.SECONDS)
                .help("Time within a handler, extrapolated from samples.");
        handlers.forEach(handler -> builder.dataPoint(point(of(handler), handler.handleNanos() / NANOS)));
        return builder.build();
    }

    private GaugeSnapshot troubles() {
        Map<Trouble.Kind, Long> counts = watch.troubles().stream()
                .collect(Collectors.groupingBy(Trouble::kind, Collectors.summingLong(Trouble::count)));
        GaugeSnapshot.Builder builder = GaugeSnapshot.builder()
                .name("io_pgfault_troubles")
                .help("What an operator should look at, by kind; 0 for what is in order.");
        for (Trouble.Kind kind : Trouble.Kind.values()) {
            builder.dataPoint(
                    gauge(Labels.of("kind", kind.name().toLowerCase(Locale.ROOT)), counts.getOrDefault(kind, 0L)));
        }
        return builder.build();
    }
}
