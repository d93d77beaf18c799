// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal;

import io.pgfault.api.PageTable;
import io.pgfault.api.RootedTable;
import io.pgfault.api.TableFormat;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.RequesterId;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.guest.internal.engine.EngineClient;
import io.pgfault.guest.internal.fault.HostQueue;
import java.nio.file.Path;
import java.util.Optional;

/** What a configuration says of a device of the host, checked. Immutable. */
final class Assignment {
    private static final String SMMUV3 = "smmuv3";

    private final String pid;
    private final String name;
    private final int id;
    private final int hostId;
    private final Path socket;
    private final Path engine;

    /**
     * @param pid the factory PID, for messages
     * @throws IllegalArgumentException if a property is missing or malformed; the message names it
     */
    Assignment(String pid, String name, String id, String hostId, String socket, String engine) {
        this.pid = pid;
        this.name = set(name, Endpoint.DEVICE_NAME);
        this.id = id(id, "id");
        this.hostId = id(hostId, "host.id");
        this.socket = Path.of(set(socket, "socket"));
        this.engine = Path.of(set(engine, "engine"));
    }

    private String set(String value, String property) {
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("a configuration of " + pid + " has no " + property + "; set it");
        }
        return value;
    }

    private int id(String value, String property) {
        try {
            return RequesterId.parse(set(value, property));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("device " + name + ": " + property + ": " + e.getMessage(), e);
        }
    }

    String name() {
        return name;
    }

    /** The requester id or StreamID in this guest. */
    int id() {
        return id;
    }

    /** The device's id on the host. */
    int hostId() {
        return hostId;
    }

    /** The host's fault queue. */
    Path socket() {
        return socket;
    }

    /** The host's engine. */
    Path engine() {
        return engine;
    }

    IllegalStateException noPasid() {
        return new IllegalStateException(
                "device " + name + ": the host's engine uses no PASID; set pasid of its io.pgfault.endpoint.attached");
    }

    /**
     * Checks that the host's unit can read what the guest's unit reads, where the whole stream has one first stage.
     *
     * @param kind of the guest's unit
     * @param unit its name, for messages
     * @param stage the first stage of the whole stream, as the unit says
     * @param table the page table of the address space
     * @param space the name of the address space, for messages
     * @throws IllegalStateException if the unit's tables or the page table aren't in the guest's memory; the message
     *     says what to set
     */
    void checkStream(String kind, String unit, Optional<FirstStage> stage, PageTable table, String space) {
        if (!kind.equals(SMMUV3)) {
            return;
        }
        if (stage.isEmpty()) {
            throw new IllegalStateException(
                    "device %s: unit %s keeps its context descriptors where no host finds them; give the unit a part of the guest's memory: memory.file and memory.file.offset of io.pgfault.smmuv3.unit"
                            .formatted(name, unit));
        }
        if (!(table instanceof RootedTable rooted) || rooted.format() != TableFormat.AARCH64_FOUR_LEVELS) {
            throw new IllegalStateException(
                    "device %s: the page table of address space %s is none that an SMMUv3 walks; set format of its io.pgfault.sva.space to aarch64, with empty or memory"
                            .formatted(name, space));
        }
    }

    static void checkPasid(String name, int own, int pasid) {
        if (pasid != own) {
            throw new IllegalArgumentException(
                    "device %s uses PASID %d on its host, and no other, got %d".formatted(name, own, pasid));
        }
    }

    /** Leaves the unit first, so that the core answers the pending groups (rule C12); null for what was not opened. */
    static void close(Upstream unit, HostQueue queue, EngineClient engine) {
        if (unit != null) {
            unit.close();
        }
        if (queue != null) {
            queue.close();
        }
        if (engine != null) {
            engine.close();
        }
    }
}
