// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.serve;

import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.PlatformFile;
import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/**
 * The platform of {@code --iommufd}: the kernel's fault queue as a unit, and the devices of the kernel behind the
 * queue.
 */
final class IommufdPlatform {
    private static final String UNIT = "iommufd0";
    private static final String SPACE = "program";
    private static final String SVA = "sva";
    private static final String MOCK = "mock";
    private static final String DESCRIPTOR = "fd:";
    private static final String SOCKET = "unix:";

    @Option(
            names = "--iommufd",
            paramLabel = "DEVICE",
            required = true,
            description = {
                "Serve real faults, from the Linux kernel's IOMMUFD (6.11 or later). DEVICE is one of",
                "  a VFIO character device, /dev/vfio/devices/vfio0 for example;",
                "  fd:NUMBER, a fault queue that this process inherited;",
                "  unix:PATH, a socket where a VMM hands over a fault queue;",
                "  mock, a mock device of a test kernel."
            })
    private String device;

    @Option(
            names = "--device-id",
            paramLabel = "ID",
            description = "With fd: and unix: the IOMMUFD device ids behind the fault queue; may be repeated.")
    private List<Integer> ids = new ArrayList<>();

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            defaultValue = SVA,
            description = "Handlers of this kind get the faults (default: ${DEFAULT-VALUE}, of one address space).")
    private String kind;

    @Option(
            names = "--maps",
            paramLabel = "FILE",
            description = "With kind sva: what is granted, in the format of /proc/PID/maps (default: everything).")
    private Path maps;

    @Option(
            names = "--pasid",
            paramLabel = "PASID",
            defaultValue = "-1",
            description = "The PASID of the faults (default: one is allocated for kind sva, all for another kind).")
    private int pasid;

    /** Returns the platform as configurations. */
    PlatformFile file() throws IOException {
        boolean takenOver = device.startsWith(DESCRIPTOR) || device.startsWith(SOCKET);
        if (takenOver == ids.isEmpty()) {
            throw new BadInput(
                    takenOver
                            ? "--iommufd " + device + " needs --device-id: which devices are behind that fault queue?"
                            : "--device-id goes with --iommufd fd:NUMBER or unix:PATH, not with " + device);
        }
        JsonObjectBuilder platform = Json.createObjectBuilder()
                .add(":configurator:resource-version", 1)
                .add("io.pgfault.iommufd.unit~" + UNIT, unit());
        if (kind.equals(SVA)) {
            JsonObjectBuilder space = Json.createObjectBuilder().add(AddressSpace.NAME, SPACE);
            if (maps != null) {
                space.add("maps", maps.toAbsolutePath().toString());
            }
            platform.add("io.pgfault.sva.space~" + SPACE, space);
        }
        if (device.equals(MOCK)) {
            platform.add("io.pgfault.iommufd.mock~mock0", bound().add(Endpoint.DEVICE_NAME, "mock0"));
        } else if (takenOver) {
            for (int id : ids) {
                platform.add(
                        "io.pgfault.iommufd.device~dev" + id,
                        bound().add("device.name", "dev" + id).add("id", id));
            }
        } else {
            String name = String.valueOf(Path.of(device).getFileName());
            platform.add(
                    "io.pgfault.iommufd.device~" + name,
                    bound().add("device.name", name).add("path", device));
        }
        return PlatformFile.of(device, platform.build());
    }

    private JsonObjectBuilder unit() throws BadInput {
        JsonObjectBuilder unit = Json.createObjectBuilder().add(IommuDriver.UNIT_NAME, UNIT);
        if (device.startsWith(SOCKET)) {
            unit.add("fault.socket", device.substring(SOCKET.length()));
        } else if (device.startsWith(DESCRIPTOR)) {
            try {
                unit.add("fault.fd", Integer.parseUnsignedInt(device.substring(DESCRIPTOR.length())));
            } catch (NumberFormatException e) {
                throw new BadInput("--iommufd " + device + ": fd: is followed by the number of a file descriptor", e);
            }
        }
        return unit;
    }

    private JsonObjectBuilder bound() {
        return Json.createObjectBuilder()
                .add("unit.target", "(" + IommuDriver.UNIT_NAME + "=" + UNIT + ")")
                .add("space.target", "(" + AddressSpace.NAME + "=" + SPACE + ")")
                .add("domain.kind", kind)
                .add("pasid", pasid);
    }
}
