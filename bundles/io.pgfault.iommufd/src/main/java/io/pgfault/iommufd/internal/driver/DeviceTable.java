// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.driver;

import io.pgfault.api.Device;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The devices of a unit by the kernel's id. Any thread adds and removes devices, under the monitor; the event thread
 * looks devices up without a lock, in an array that is replaced as a whole. A look-up allocates nothing.
 */
final class DeviceTable {
    /** The devices by id, never changed after it is published. Written under the monitor, read by any thread. */
    private volatile Device[] sorted = {};

    /** The device with that id, {@code null} if there is none. */
    Device find(int id) {
        Device[] devices = sorted;
        int low = 0;
        int high = devices.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = Integer.compare(devices[middle].id(), id);
            if (order == 0) {
                return devices[middle];
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return null;
    }

    synchronized void add(Device device) {
        Device[] more = Arrays.copyOf(sorted, sorted.length + 1);
        more[sorted.length] = device;
        Arrays.sort(more, Comparator.comparingInt(Device::id));
        sorted = more;
    }

    synchronized void remove(Device device) {
        sorted = Arrays.stream(sorted).filter(other -> other != device).toArray(Device[]::new);
    }
}
