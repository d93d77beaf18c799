// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.watch;

import io.pgfault.api.Domain;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.watch.AnsweredGroups;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.Trouble;
import io.pgfault.api.watch.WatchedClient;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.api.watch.WatchedHandler;
import io.pgfault.core.internal.device.FaultParam;
import io.pgfault.core.internal.handler.Handlers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Looks at one device after the other, see {@link FaultWatch}. Any thread. */
public final class CoreWatch implements FaultWatch {
    private final Supplier<List<FaultParam>> devices;
    private final Supplier<List<FaultQueue>> queues;
    private final Handlers handlers;
    private final DomainClients clients;
    private final LongSupplier clock;
    private final long deadlineNanos;

    /**
     * The watch of one core.
     *
     * @param devices lists the devices that are known now
     * @param queues lists the fault queues that there are now
     */
    public CoreWatch(
            Supplier<List<FaultParam>> devices,
            Supplier<List<FaultQueue>> queues,
            Handlers handlers,
            DomainClients clients,
            LongSupplier clock,
            long deadlineNanos) {
        this.devices = devices;
        this.queues = queues;
        this.handlers = handlers;
        this.clients = clients;
        this.clock = clock;
        this.deadlineNanos = deadlineNanos;
    }

    @Override
    public List<WatchedDevice> devices() {
        return devices.get().stream().map(FaultParam::watched).toList();
    }

    @Override
    public List<PendingGroup> pending() {
        long now = clock.getAsLong();
        List<PendingGroup> groups = new ArrayList<>();
        devices.get().forEach(device -> groups.addAll(device.pending(now)));
        groups.sort(Comparator.comparingLong(PendingGroup::ageNanos).reversed());
        return List.copyOf(groups);
    }

    @Override
    public List<WatchedHandler> handlers() {
        var held = pending().stream().collect(Collectors.groupingBy(PendingGroup::handler, Collectors.counting()));
        return handlers.watched(name -> held.getOrDefault(name, 0L).intValue());
    }

    @Override
    public List<WatchedClient> clients() {
        return clients.watched();
    }

    @Override
    public List<AnsweredGroups> answered() {
        List<String> answerers = handlers.answerers();
        return devices.get().stream()
                .flatMap(device -> device.answered(answerers).stream())
                .toList();
    }

    private List<Domain> secondStages() {
        return devices.get().stream()
                .flatMap(device -> device.secondStages().stream())
                .distinct()
                .toList();
    }

    @Override
    public List<Trouble> troubles() {
        List<WatchedDevice> seen = devices();
        return new Troubles()
                .stuck(pending(), deadlineNanos)
                .unserved(seen, secondStages(), handlers())
                .withoutClient(seen, clients())
                .counted(seen, queues.get())
                .all();
    }

    @Override
    public long deadlineNanos() {
        return deadlineNanos;
    }
}
