// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.picture;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Pasid;
import io.pgfault.api.bus.RequesterId;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.driver.Latency;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.Trouble;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.api.watch.WatchedHandler;
import io.pgfault.console.internal.handlers.HandlerControls;
import io.pgfault.console.internal.handlers.HandlerRow;
import io.pgfault.console.internal.timeline.Timeline;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * The platform at one moment, as the JSON object that the page draws. Counts are totals; the page makes rates of two
 * pictures. Any thread.
 */
@Component(service = Picture.class)
public final class Picture {
    /** A page shows no more devices than these, those with the most groups. */
    private static final int MOST_DEVICES = 200;
    /** A page shows no more pending groups than these, the oldest. */
    private static final int MOST_PENDING = 100;
    /** The most pending groups that the picture lists. Of more groups it has the number only: a list visits each. */
    private static final int TOO_MANY_TO_LIST = 20_000;

    private final HandlerControls controls;
    private final Bounds bounds;

    /** The units of the platform; Declarative Services replaces the list. */
    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Unit> units = List.of();

    /** The core, if there is one; Declarative Services replaces it. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile FaultWatch watch;

    /** The last groups, where the Java has a flight recorder; Declarative Services replaces it. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile Timeline timeline;

    /** Called by Declarative Services. */
    @Activate
    public Picture(@Reference HandlerControls controls, @Reference Bounds bounds) {
        this.controls = controls;
        this.bounds = bounds;
    }

    /** Takes the picture. */
    public String json() {
        FaultWatch core = watch;
        JsonObjectBuilder picture = Json.createObjectBuilder()
                .add("at", System.currentTimeMillis())
                .add("nanos", System.nanoTime())
                .add("units", units())
                .add("pendingBound", bounds.pendingPerDevice())
                .add("partialBound", bounds.partialsPerDevice());
        if (core == null) {
            return picture.add("core", false)
                    .add("devices", Json.createArrayBuilder())
                    .add("pending", Json.createArrayBuilder())
                    .add("pendingCount", 0)
                    .add("troubles", Json.createArrayBuilder())
                    .add("handlers", handlers(Map.of()))
                    .build()
                    .toString();
        }
        List<WatchedDevice> devices = core.devices();
        long pending = devices.stream().mapToLong(WatchedDevice::pendingGroups).sum();
        Map<Long, WatchedHandler> watched = new HashMap<>();
        core.handlers().forEach(handler -> watched.putIfAbsent(handler.serviceId(), handler));
        addTimeline(picture);
        return picture.add("core", true)
                .add("deadlineMillis", TimeUnit.NANOSECONDS.toMillis(core.deadlineNanos()))
                .add("deviceCount", devices.size())
                .add("devices", devices(devices))
                .add("pendingCount", pending)
                .add("pending", pending > TOO_MANY_TO_LIST ? Json.createArrayBuilder() : pending(core.pending()))
                .add("handlers", handlers(watched))
                .add("troubles", troubles(core.troubles()))
                .build()
                .toString();
    }

    private void addTimeline(JsonObjectBuilder picture) {
        Timeline recorded = timeline;
        Timeline.View view = recorded == null ? null : recorded.look();
        if (view == null) {
            return;
        }
        JsonArrayBuilder groups = Json.createArrayBuilder();
        view.groups()
                .forEach(group -> groups.add(Json.createObjectBuilder()
                        .add("at", TimeUnit.NANOSECONDS.toMillis(group.answeredAt()))
                        .add("unit", group.unit())
                        .add("device", group.device())
                        .add("index", group.index())
                        .add("address", "0x" + Long.toHexString(group.address()))
                        .add("handler", group.handler())
                        .add("code", group.code())
                        .add("toClose", group.toClose())
                        .add("toTaken", group.toTaken())
                        .add("toAnswer", group.toAnswer())));
        picture.add("timeline", groups).add("timelineSeen", view.seen()).add("timelineRule", view.rule());
    }

    private JsonArrayBuilder units() {
        JsonArrayBuilder array = Json.createArrayBuilder();
        units.stream().sorted(Comparator.comparing(Unit::name)).forEach(unit -> {
            Latency latency = unit.queue().latency();
            array.add(Json.createObjectBuilder()
                    .add("name", unit.name())
                    .add("kind", unit.kind())
                    .add("devices", unit.queue().devices().size())
                    .add("counters", counters(unit.queue().counters()))
                    .add(
                            "latency",
                            Json.createObjectBuilder()
                                    .add("count", latency.count())
                                    .add("p50", latency.p50())
                                    .add("p90", latency.p90())
                                    .add("p99", latency.p99())
                                    .add("p999", latency.p999())
                                    .add("max", latency.max())));
        });
        return array;
    }

    private static JsonArrayBuilder devices(List<WatchedDevice> devices) {
        JsonArrayBuilder array = Json.createArrayBuilder();
        devices.stream()
                .sorted(Comparator.comparingLong(
                                (WatchedDevice device) -> device.counters().get(Counter.GROUPS))
                        .reversed())
                .limit(MOST_DEVICES)
                .forEach(device -> {
                    JsonArrayBuilder attached = Json.createArrayBuilder();
                    device.attachments()
                            .forEach(attachment -> attached.add(Json.createObjectBuilder()
                                    .add("pasid", pasid(attachment.pasid()))
                                    .add("domain", attachment.domain())
                                    .add("kind", attachment.kind())));
                    array.add(Json.createObjectBuilder()
                            .add("unit", device.unit())
                            .add("name", device.name())
                            .add("id", RequesterId.format(device.id()))
                            .add("queued", device.queued())
                            .add("attached", attached)
                            .add("pending", device.pendingGroups())
                            .add("partials", device.partialRequests())
                            .add("counters", counters(device.counters())));
                });
        return array;
    }

    private static JsonArrayBuilder pending(List<PendingGroup> groups) {
        JsonArrayBuilder array = Json.createArrayBuilder();
        groups.stream()
                .limit(MOST_PENDING)
                .forEach(group -> array.add(Json.createObjectBuilder()
                        .add("unit", group.unit())
                        .add("device", group.device())
                        .add("pasid", pasid(group.pasid()))
                        .add("index", group.index())
                        .add("domain", group.domain())
                        .add("requests", group.requests())
                        .add("address", "0x" + Long.toHexString(group.address()))
                        .add("ageMillis", TimeUnit.NANOSECONDS.toMillis(group.ageNanos()))
                        .add("state", group.state().name().toLowerCase(Locale.ROOT))
                        .add("handler", group.handler())));
        return array;
    }

    private static JsonArrayBuilder troubles(List<Trouble> troubles) {
        JsonArrayBuilder array = Json.createArrayBuilder();
        troubles.forEach(trouble -> array.add(Json.createObjectBuilder()
                .add("kind", trouble.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '))
                .add("now", trouble.kind().isNow())
                .add("count", trouble.count())
                .add("text", trouble.text())));
        return array;
    }

    private JsonArrayBuilder handlers(Map<Long, WatchedHandler> watched) {
        JsonArrayBuilder array = Json.createArrayBuilder();
        controls.rows().stream()
                .sorted(Comparator.comparingInt(HandlerRow::ranking)
                        .reversed()
                        .thenComparing(HandlerRow::serviceId)
                        .thenComparing(HandlerRow::key))
                .forEach(row -> {
                    JsonObjectBuilder object = Json.createObjectBuilder()
                            .add("key", row.key())
                            .add("name", row.name())
                            .add("bundle", row.bundle())
                            .add("kinds", Json.createArrayBuilder(row.kinds()))
                            .add("ranking", row.ranking())
                            .add("inline", row.inline())
                            .add("state", row.state())
                            .add("stoppable", row.stoppable())
                            .add("rankable", row.rankable())
                            .add("note", row.note());
                    WatchedHandler seen = watched.get(row.serviceId());
                    if (seen != null) {
                        object.add("watchName", seen.name())
                                .add("calls", seen.calls())
                                .add("held", seen.heldGroups())
                                .add("handleNanos", seen.handleNanos());
                    }
                    array.add(object);
                });
        return array;
    }

    private static String pasid(int pasid) {
        return pasid == Pasid.NONE ? "" : Integer.toString(pasid);
    }

    private static JsonObjectBuilder counters(Counters counters) {
        JsonObjectBuilder object = Json.createObjectBuilder();
        for (Counter counter : Counter.values()) {
            object.add(counter.name().toLowerCase(Locale.ROOT), counters.get(counter));
        }
        return object;
    }
}
