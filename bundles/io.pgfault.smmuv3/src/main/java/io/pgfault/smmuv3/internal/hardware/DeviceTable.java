// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

/**
 * The devices behind the unit, by StreamID: where messages to a stream go. Hardware and driver look devices up on any
 * thread without a lock.
 */
public final class DeviceTable {
    private final IdMap<AttachedDevice> devices = new IdMap<>();

    /** The device of that StreamID, {@code null} if there is none. */
    public AttachedDevice find(int streamId) {
        return devices.get(streamId);
    }

    /** Adds a device unless its StreamID is taken; returns whether the device was added. */
    public boolean add(AttachedDevice device) {
        return devices.putIfAbsent(device.streamId(), device) == null;
    }

    /** Removes a device. */
    public void remove(AttachedDevice device) {
        devices.remove(device.streamId());
    }
}
