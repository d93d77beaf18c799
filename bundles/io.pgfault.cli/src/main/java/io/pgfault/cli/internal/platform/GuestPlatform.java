// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.platform;

import io.pgfault.api.Domain;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.sva.AddressSpace;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.nio.file.Path;

/**
 * The platforms of a host and its guest: on the host a DMA engine whose first stage is the guest's, in the guest a unit
 * with the same engine behind it. Both meet in a folder, which holds the guest's memory and two sockets.
 *
 * @param backend the kind of both units
 * @param folder the meeting place
 * @param channels of the engine
 * @param groupSize pages that a PCIe function asks for in one group; on an SMMUv3, 1 has transactions stall instead
 */
public record GuestPlatform(Backend backend, Path folder, int channels, int groupSize) {
    /** How many bytes of the guest's memory lie behind the page frames, for the tables of the guest's unit. */
    public static final int TABLES = 1 << 20;

    private static final int TABLES_START = 1 << 16;
    private static final String ID = "00:02.0";
    private static final int PASID = 1;
    private static final int DEFAULT_OUTSTANDING = 32;

    private boolean stalls() {
        return backend == Backend.SMMUV3 && groupSize == 1;
    }

    private String unitPid() {
        return "io.pgfault." + backend.kind() + ".unit~" + BuiltInPlatform.OWN;
    }

    /** The file that is the guest's memory. */
    public Path memory() {
        return folder.resolve("guest.mem");
    }

    /** The socket of the host's engine; it is there when the host serves. */
    public Path engineSocket() {
        return folder.resolve("dma0.sock");
    }

    private Path faultSocket() {
        return folder.resolve("vm0.sock");
    }

    /** The name of the host's unit. */
    public String hostUnit() {
        return BuiltInPlatform.unitName(backend);
    }

    /** A unit, the guest's memory as a domain that the guest nests on, and an engine that the guest uses. */
    public JsonObject host() {
        return Json.createObjectBuilder()
                .add(":configurator:resource-version", 1)
                .add(unitPid() + "host", named(IommuDriver.UNIT_NAME, hostUnit()))
                .add(
                        "io.pgfault.userfault~" + BuiltInPlatform.OWN + "vm0",
                        named(Domain.NAME, "vm0")
                                .add("nested", backend.kind())
                                .add("memory", memory().toString())
                                .add("socket", faultSocket().toString()))
                .add(
                        "io.pgfault.endpoint.attached~" + BuiltInPlatform.OWN + BuiltInPlatform.ENGINE,
                        named(Endpoint.DEVICE_NAME, BuiltInPlatform.ENGINE)
                                .add("id", ID)
                                .add("pasid", PASID)
                                .add("whole.device", backend == Backend.SMMUV3)
                                .add("channels", channels)
                                .add("group.size", groupSize)
                                .add("outstanding", Math.max(DEFAULT_OUTSTANDING, channels))
                                .add("stalls", stalls())
                                .add("unit.target", "(" + IommuDriver.UNIT_NAME + "=" + hostUnit() + ")")
                                .add("domain.target", "(" + Domain.NAME + "=vm0)"))
                .add(
                        "io.pgfault.guest.engine~" + BuiltInPlatform.OWN + BuiltInPlatform.ENGINE,
                        Json.createObjectBuilder()
                                .add("engine.target", "(" + Endpoint.DEVICE_NAME + "=" + BuiltInPlatform.ENGINE + ")")
                                .add("socket", engineSocket().toString()))
                .build();
    }

    /** Where the tables of the guest's unit begin in the guest's memory, behind that many pages of 4 KiB. */
    private static long tables(long pages) {
        return (pages * Translation.PAGE_SIZE + TABLES_START - 1) & -TABLES_START;
    }

    /** How long the guest's memory is, with that many pages of 4 KiB: bytes. */
    public static long memoryBytes(long pages) {
        return tables(pages) + TABLES;
    }

    private JsonObjectBuilder guestUnit(String name, long pages) {
        JsonObjectBuilder unit = named(IommuDriver.UNIT_NAME, name);
        return backend == Backend.VTD
                ? unit
                : unit.add("memory.file", memory().toString())
                        .add("memory.file.offset", tables(pages))
                        .add("memory.size", TABLES);
    }

    /**
     * Page frames in the guest's memory, a unit, an empty process, and the host's engine behind the unit.
     *
     * @param pages how much memory the frames take, in pages of 4 KiB
     */
    public JsonObject guest(long pages) {
        String unit = "v" + hostUnit();
        return Json.createObjectBuilder()
                .add(":configurator:resource-version", 1)
                .add(
                        "io.pgfault.sva.frames",
                        named(BuiltInPlatform.FRAMES, Long.toString(pages)).add("file", memory().toString()))
                .add(unitPid() + "guest", guestUnit(unit, pages))
                .add(
                        "io.pgfault.sva.space~" + BuiltInPlatform.OWN + BuiltInPlatform.SPACE,
                        named(AddressSpace.NAME, BuiltInPlatform.SPACE)
                                .add("empty", true)
                                .add("format", backend == Backend.VTD ? "x86-64-4" : "aarch64"))
                .add(
                        "io.pgfault.guest.device~" + BuiltInPlatform.OWN + BuiltInPlatform.ENGINE,
                        named(Endpoint.DEVICE_NAME, BuiltInPlatform.ENGINE)
                                .add("id", ID)
                                .add("host.id", ID)
                                .add("stalls", stalls())
                                .add("socket", faultSocket().toString())
                                .add("engine", engineSocket().toString())
                                .add("unit.target", "(" + IommuDriver.UNIT_NAME + "=" + unit + ")")
                                .add("space.target", "(" + AddressSpace.NAME + "=" + BuiltInPlatform.SPACE + ")"))
                .build();
    }

    private static JsonObjectBuilder named(String property, String name) {
        return Json.createObjectBuilder().add(property, name);
    }
}
