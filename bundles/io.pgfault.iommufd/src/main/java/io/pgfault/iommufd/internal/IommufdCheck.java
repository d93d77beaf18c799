// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.driver.HostCheck;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.iommufd.internal.kernel.AllocatedQueue;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.DeviceChoice;
import io.pgfault.iommufd.internal.kernel.FaultSource.KernelDevice;
import io.pgfault.iommufd.internal.kernel.Iommufd;
import io.pgfault.iommufd.internal.kernel.LinuxCalls;
import io.pgfault.iommufd.internal.kernel.SystemCalls;
import io.pgfault.iommufd.internal.kernel.TakenOver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * Opens the files and devices that a configuration names, and closes them again. The check takes over neither an
 * inherited descriptor nor the descriptor behind a socket, because a process can take these over once only.
 */
@Component
public final class IommufdCheck implements HostCheck {
    private final Supplier<SystemCalls> calls;

    /** Activated by DS. */
    @Activate
    public IommufdCheck() {
        this(LinuxCalls::new);
    }

    IommufdCheck(Supplier<SystemCalls> calls) {
        this.calls = calls;
    }

    @Override
    public Optional<String> obstacle(String factoryPid, Map<String, ?> properties) {
        try {
            switch (factoryPid) {
                case IommufdUnit.PID -> checkUnit(properties);
                case MockEndpoint.PID -> checkDevice(new DeviceChoice.Mock());
                case IommufdDevice.PID -> checkPath(text(properties, "path"));
                default -> {}
            }
            return Optional.empty();
        } catch (IllegalStateException | IllegalArgumentException | UnsupportedOperationException | CallFailed e) {
            return Optional.of(name(factoryPid, properties) + ": " + e.getMessage());
        }
    }

    private static String name(String factoryPid, Map<String, ?> properties) {
        return switch (factoryPid) {
            case IommufdUnit.PID -> "unit " + text(properties, IommuDriver.UNIT_NAME);
            case MockEndpoint.PID -> "device " + text(properties, MockEndpoint.DEVICE_NAME);
            default -> "device " + text(properties, IommufdDevice.NAME);
        };
    }

    private void checkUnit(Map<String, ?> properties) throws CallFailed {
        SystemCalls linux = calls.get();
        String descriptor = text(properties, "fault.fd");
        String socket = text(properties, "fault.socket");
        if (!socket.isEmpty()) {
            if (!Files.exists(Path.of(socket))) {
                throw new IllegalStateException("there is no socket " + socket + "; the VMM must listen there");
            }
        } else if (!descriptor.isEmpty() && !descriptor.startsWith("-")) {
            TakenOver.check(linux, Integer.parseInt(descriptor));
        } else {
            String path = text(properties, "path");
            AllocatedQueue.open(linux, path.isEmpty() ? Iommufd.PATH : path).close();
        }
    }

    private void checkDevice(DeviceChoice choice) throws CallFailed {
        try (AllocatedQueue iommufd = AllocatedQueue.open(calls.get(), Iommufd.PATH);
                KernelDevice device = iommufd.device(choice)) {
            device.detach();
        }
    }

    private static void checkPath(String path) {
        if (!path.isEmpty() && !Files.exists(Path.of(path))) {
            throw new IllegalStateException("there is no " + path
                    + "; bind the device to vfio-pci first, its character device is then in /dev/vfio/devices");
        }
    }

    private static String text(Map<String, ?> properties, String key) {
        Object value = properties.get(key);
        return value == null ? "" : value.toString();
    }
}
