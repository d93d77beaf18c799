// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.watch;

import io.pgfault.api.Counter;
import io.pgfault.api.Domain;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.Trouble;
import io.pgfault.api.watch.WatchedClient;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.api.watch.WatchedHandler;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Finds what an operator should look at in what was seen of a core. One thread. */
final class Troubles {
    private final List<Trouble> found = new ArrayList<>();

    /** Groups older than half of the deadline, by device. */
    Troubles stuck(List<PendingGroup> pending, long deadlineNanos) {
        Map<String, List<PendingGroup>> old = pending.stream()
                .filter(group -> group.ageNanos() > deadlineNanos / 2)
                .collect(Collectors.groupingBy(
                        group -> group.unit() + "/" + group.device(), TreeMap::new, Collectors.toList()));
        old.forEach((device, groups) -> {
            PendingGroup oldest = groups.get(0);
            String at = oldest.handler().isEmpty()
                    ? oldest.state() == PendingGroup.State.PARKED ? "wait for a handler" : "wait for a worker"
                    : "are with handler " + oldest.handler();
            add(
                    Trouble.Kind.STUCK_GROUPS,
                    device,
                    groups.size(),
                    "%s: groups %s, the oldest for %d ms; the core answers INVALID after %d ms"
                            .formatted(
                                    device,
                                    at,
                                    TimeUnit.NANOSECONDS.toMillis(oldest.ageNanos()),
                                    TimeUnit.NANOSECONDS.toMillis(deadlineNanos)));
        });
        return this;
    }

    /**
     * Domains whose kind no handler serves, by kind: attached ones, and those on which attached ones are nested.
     *
     * @param secondStages each domain once
     */
    Troubles unserved(List<WatchedDevice> devices, List<Domain> secondStages, List<WatchedHandler> handlers) {
        Set<String> served = handlers.stream().map(WatchedHandler::kind).collect(Collectors.toSet());
        Map<String, List<String>> unserved = new TreeMap<>();
        devices.forEach(device -> device.attachments().stream()
                .filter(at -> !served.contains(at.kind()))
                .forEach(at -> unserved.computeIfAbsent(at.kind(), kind -> new ArrayList<>())
                        .add(at.domain())));
        secondStages.stream()
                .filter(domain -> !served.contains(domain.kind()))
                .forEach(domain -> unserved.computeIfAbsent(domain.kind(), kind -> new ArrayList<>())
                        .add(domain.name()));
        unserved.forEach((kind, domains) -> add(
                Trouble.Kind.HANDLER_MISSING,
                kind,
                domains.size(),
                "no handler serves kind \"%s\" of domain %s; start a bundle that does, there are handlers of %s"
                        .formatted(
                                kind,
                                domains.get(0),
                                served.isEmpty()
                                        ? "no kind"
                                        : served.stream().sorted().collect(Collectors.joining(", ")))));
        return this;
    }

    /** Attached domains that have no client now, by domain. */
    Troubles withoutClient(List<WatchedDevice> devices, List<WatchedClient> clients) {
        for (WatchedClient client : clients) {
            long attached = devices.stream()
                    .flatMap(device -> device.attachments().stream())
                    .filter(at -> at.domain().equals(client.domain()))
                    .count();
            if (!client.connected() && attached > 0) {
                add(
                        Trouble.Kind.CLIENT_GONE,
                        client.domain(),
                        attached,
                        "domain %s has had no client for %d ms; start the program that answers its faults"
                                .formatted(client.domain(), TimeUnit.NANOSECONDS.toMillis(client.absentNanos())));
            }
        }
        return this;
    }

    /** Adds the troubles that the counters of devices and fault queues show. */
    Troubles counted(List<WatchedDevice> devices, List<FaultQueue> queues) {
        for (WatchedDevice device : devices) {
            String name = device.unit() + "/" + device.name();
            counted(
                    Trouble.Kind.DEADLINES_MISSED,
                    name,
                    device.counters().get(Counter.TIMED_OUT),
                    ": groups that no handler answered in time; see the commands groups and handlers");
            counted(
                    Trouble.Kind.BOUND_REACHED,
                    name,
                    device.counters().get(Counter.LIMITED),
                    ": requests and groups beyond a bound; raise it in io.pgfault.core, or have handlers answer faster");
        }
        for (FaultQueue queue : queues) {
            counted(
                    Trouble.Kind.QUEUE_OVERFLOWED,
                    queue.name(),
                    queue.counters().get(Counter.OVERFLOWS),
                    ": overflows of the hardware queue; configure a larger one");
        }
        return this;
    }

    private void counted(Trouble.Kind kind, String subject, long count, String text) {
        if (count > 0) {
            add(kind, subject, count, subject + text);
        }
    }

    private void add(Trouble.Kind kind, String subject, long count, String text) {
        found.add(new Trouble(kind, subject, count, text));
    }

    /** Everything that was found, what is wrong now first. */
    List<Trouble> all() {
        return found.stream()
                .sorted(Comparator.comparing(
                                (Trouble trouble) -> !trouble.kind().isNow())
                        .thenComparing(Trouble::kind)
                        .thenComparing(Trouble::subject))
                .toList();
    }
}
