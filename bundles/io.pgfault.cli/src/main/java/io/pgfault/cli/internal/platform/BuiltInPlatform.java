// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.bench.Load;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The platform that a command makes without {@code --platform}: one unit and, on demand, one process with one device.
 */
public final class BuiltInPlatform {
    /** Begins the instance names of a command's own configurations: no operator's configuration has such a PID. */
    static final String OWN = "iopf-command-";

    static final String SPACE = "program";
    static final String DEVICE = "nic0";

    /** The name of the DMA engine. */
    static final String ENGINE = "dma0";

    /** Property of the memory: its size. */
    static final String FRAMES = "frames";

    private static final int DEFAULT_OUTSTANDING = 32;
    private static final String FIRST_FUNCTION = "00:02.0";

    private BuiltInPlatform() {}

    static String unitName(Backend backend) {
        return backend == Backend.VTD ? "dmar0" : "smmu3.0";
    }

    /** A unit alone. */
    public static JsonObject unit(Backend backend) {
        return withUnit(backend).build();
    }

    /** Units of these names and kinds. */
    public static JsonObject units(Map<String, Backend> units) {
        JsonObjectBuilder platform = Json.createObjectBuilder().add(":configurator:resource-version", 1);
        new TreeMap<>(units).forEach((name, backend) -> add(platform, backend, name, Json.createObjectBuilder()));
        return platform.build();
    }

    /**
     * A unit, a process, and a device bound to it.
     *
     * @param endpoint what kind of device
     * @param maps what the process may touch; empty: everything
     * @param pasid the PASID, or {@link Pasid#NONE} to have one allocated
     */
    public static JsonObject process(Backend backend, EndpointKind endpoint, Optional<Path> maps, int pasid) {
        JsonObjectBuilder space = Json.createObjectBuilder().add(AddressSpace.NAME, SPACE);
        maps.ifPresent(file -> space.add("maps", file.toAbsolutePath().toString()));
        return withUnit(backend)
                .add("io.pgfault.sva.space~" + OWN + SPACE, space)
                .add(
                        endpoint.factoryPid() + "~" + OWN + DEVICE,
                        Json.createObjectBuilder()
                                .add(Endpoint.DEVICE_NAME, DEVICE)
                                .add("id", FIRST_FUNCTION)
                                .add("pasid", pasid)
                                .add("unit.target", "(" + IommuDriver.UNIT_NAME + "=" + unitName(backend) + ")")
                                .add("space.target", "(" + AddressSpace.NAME + "=" + SPACE + ")"))
                .build();
    }

    /**
     * Memory, a unit, an empty process, and a DMA engine bound to it.
     *
     * @param frames how much memory
     */
    public static JsonObject copying(Backend backend, String frames, int channels, int groupSize) {
        return withUnit(backend)
                .add("io.pgfault.sva.frames", Json.createObjectBuilder().add(FRAMES, frames))
                .add(
                        "io.pgfault.sva.space~" + OWN + SPACE,
                        Json.createObjectBuilder().add(AddressSpace.NAME, SPACE).add("empty", true))
                .add(
                        "io.pgfault.endpoint.dma~" + OWN + ENGINE,
                        Json.createObjectBuilder()
                                .add(Endpoint.DEVICE_NAME, ENGINE)
                                .add("id", FIRST_FUNCTION)
                                .add("channels", channels)
                                .add("group.size", groupSize)
                                .add("outstanding", Math.max(DEFAULT_OUTSTANDING, channels))
                                .add("stalls", backend == Backend.SMMUV3 && groupSize == 1)
                                .add("unit.target", "(" + IommuDriver.UNIT_NAME + "=" + unitName(backend) + ")")
                                .add("space.target", "(" + AddressSpace.NAME + "=" + SPACE + ")"))
                .build();
    }

    /**
     * A unit that holds what a bench puts on it.
     *
     * @param order log2 of how many requests its queue holds, 7 to 14 for VT-d, to 19 for SMMUv3
     */
    public static JsonObject bench(Backend backend, int order, Load load) {
        JsonObjectBuilder sizes = backend == Backend.VTD
                ? Json.createObjectBuilder().add("queue.size.order", order - 7)
                : Json.createObjectBuilder()
                        .add("event.queue.log2", order)
                        .add("pri.queue.log2", order)
                        // A device asks anew as soon as it is answered, before the tag of what was answered is free.
                        .add("stall.max", Math.min(1 << 16, 2 * load.groupsPerDevice() * load.devices()));
        return withUnit(backend, sizes).build();
    }

    private static JsonObjectBuilder withUnit(Backend backend) {
        return withUnit(backend, Json.createObjectBuilder());
    }

    private static JsonObjectBuilder withUnit(Backend backend, JsonObjectBuilder sizes) {
        JsonObjectBuilder platform = Json.createObjectBuilder().add(":configurator:resource-version", 1);
        return add(platform, backend, unitName(backend), sizes);
    }

    private static JsonObjectBuilder add(
            JsonObjectBuilder platform, Backend backend, String name, JsonObjectBuilder properties) {
        return platform.add(
                "io.pgfault." + backend.kind() + ".unit~" + OWN + name, properties.add(IommuDriver.UNIT_NAME, name));
    }
}
