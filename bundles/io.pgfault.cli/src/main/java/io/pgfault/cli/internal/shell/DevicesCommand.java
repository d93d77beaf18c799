// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.bus.RequesterId;
import io.pgfault.api.bus.Unit;
import io.pgfault.cli.internal.platform.Platform;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code iopf devices}: the devices in the units' fault queues. */
@Command(name = "devices", mixinStandardHelpOptions = true, description = "Lists the devices.")
public final class DevicesCommand implements Callable<Integer> {
    private final Platform platform;

    @Spec
    private CommandSpec spec;

    public DevicesCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.printf("%-16s %-12s %10s %12s %12s %12s%n", "device", "unit", "id", "requests", "success", "invalid");
        for (Unit unit : platform.units()) {
            for (Device device : unit.queue().devices()) {
                out.printf(
                        "%-16s %-12s %10s %,12d %,12d %,12d%n",
                        device.name(),
                        device.unit(),
                        id(unit, device),
                        device.counters().get(Counter.REQUESTS),
                        device.counters().get(Counter.SUCCESS),
                        device.counters().get(Counter.INVALID));
            }
        }
        return 0;
    }

    /** An IOMMUFD device id is a plain number; every other unit names a device by requester id or StreamID. */
    private static String id(Unit unit, Device device) {
        return "iommufd".equals(unit.kind()) ? Integer.toUnsignedString(device.id()) : RequesterId.format(device.id());
    }
}
