// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.WatchedAttachment;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.trace.replay.GrantingHandler;
import io.pgfault.trace.replay.RecordedDevice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The devices and processes behind recorded faults: this class connects a device and binds a process when the id and
 * the PASID first appear. A process has the areas of its maps, or one area that grants everything. Requests without a
 * PASID are granted if no maps are given. One thread, the one of the replay.
 */
final class RecordedDevices implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(RecordedDevices.class.getName());

    /** One area that grants everything; the area is shared, so that one fault for each page is enough. */
    private static final List<Area> EVERYTHING =
            List.of(new Area(0, -1L, Permissions.READ | Permissions.WRITE | Permissions.EXEC, true, 0, "everything"));

    private final IoPageFaults iopf;
    private final Sva sva;
    private final Maps maps;
    private final Set<Integer> only;
    private final Map<String, Map<Integer, Device>> devices = new HashMap<>();
    private final Map<Integer, Optional<AddressSpace>> spaces = new HashMap<>();
    /**
     * Unit, id and PASID of each attachment that was there before the replay, which leaves these alone; unit and id of
     * a device whose domain serves every PASID.
     */
    private final Set<List<Object>> attached = new HashSet<>();

    private final List<Binding> bindings = new ArrayList<>();
    private final List<Upstream> connected = new ArrayList<>();
    private Optional<Domain> granting = Optional.empty();

    /**
     * Makes the devices behind units.
     *
     * @param only the known ids; empty makes every id known that appears
     */
    RecordedDevices(List<Unit> units, IoPageFaults iopf, FaultWatch watch, Sva sva, Maps maps, Set<Integer> only) {
        this.iopf = iopf;
        this.sva = sva;
        this.maps = maps;
        this.only = only;
        for (WatchedDevice device : watch.devices()) {
            for (WatchedAttachment attachment : device.attachments()) {
                attached.add(List.of(device.unit(), device.id(), attachment.pasid()));
                if (attachment.nested()) {
                    attached.add(List.of(device.unit(), device.id()));
                }
            }
        }
        for (Unit unit : units) {
            Map<Integer, Device> there = new HashMap<>();
            unit.queue().devices().forEach(device -> there.put(device.id(), device));
            devices.put(unit.name(), there);
            only.forEach(id -> device(unit, id));
        }
    }

    /** Prepares for the first record of a device and PASID. */
    void appeared(Unit unit, int id, int pasid) {
        boolean unknown = !only.isEmpty() && !only.contains(id);
        boolean served =
                attached.contains(List.of(unit.name(), id, pasid)) || attached.contains(List.of(unit.name(), id));
        if (unknown || served) {
            return;
        }
        Device device = device(unit, id);
        try {
            serve(device, pasid);
        } catch (IllegalStateException | IllegalArgumentException e) {
            // Some units have one entry for a certain PASID and for requests without one.
            LOG.log(System.Logger.Level.WARNING, "recorded requests are answered INVALID: " + e.getMessage());
        }
    }

    private void serve(Device device, int pasid) {
        if (pasid != Pasid.NONE) {
            spaces.computeIfAbsent(pasid, this::space).ifPresent(space -> bindings.add(sva.bind(device, space, pasid)));
        } else if (maps.grantAll()) {
            iopf.attach(device, Pasid.NONE, granting());
        }
    }

    private Device device(Unit unit, int id) {
        return devices.get(unit.name()).computeIfAbsent(id, i -> {
            Upstream upstream = unit.connect("recorded-%x".formatted(i), i, new RecordedDevice());
            connected.add(upstream);
            return upstream.device();
        });
    }

    private Optional<AddressSpace> space(int pasid) {
        return (maps.grantAll() ? Optional.of(EVERYTHING) : maps.areasOf(pasid))
                .map(areas -> sva.create("pasid-" + pasid, areas));
    }

    private Domain granting() {
        if (granting.isEmpty()) {
            granting = Optional.of(iopf.allocateDomain(GrantingHandler.KIND, "without PASID", PageTable.EMPTY, false));
        }
        return granting.get();
    }

    /** Returns the number of distinct pages that are mapped in the processes. */
    long pagesPopulated() {
        return spaces.values().stream()
                .flatMap(Optional::stream)
                .mapToLong(AddressSpace::populatedPages)
                .sum();
    }

    @Override
    public void close() {
        connected.forEach(Upstream::close);
        bindings.forEach(Binding::close);
        spaces.values().forEach(space -> space.ifPresent(AddressSpace::close));
        granting.ifPresent(Domain::free);
    }
}
