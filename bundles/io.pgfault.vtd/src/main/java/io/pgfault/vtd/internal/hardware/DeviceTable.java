// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

/**
 * The devices behind a unit by requester id, as the root and context tables have them (VT-d 4.1 §3.4). A message to an
 * id without a device is lost, as on the bus. Any thread.
 */
final class DeviceTable {
    private final SparseTable<AttachedDevice> table = SparseTable.ofRequesterIds();

    boolean add(AttachedDevice device) {
        return table.claim(device.requesterId(), device);
    }

    void remove(AttachedDevice device) {
        table.remove(device.requesterId(), device);
    }

    boolean has(int requesterId) {
        return table.get(requesterId) != null;
    }

    void respond(int requesterId, int pasid, int prgIndex, int code) {
        AttachedDevice device = table.get(requesterId);
        if (device != null) {
            device.respond(pasid, prgIndex, code);
        }
    }

    void invalidate(int requesterId, int pasid, long first, long last) {
        AttachedDevice device = table.get(requesterId);
        if (device != null) {
            device.invalidate(pasid, first, last);
        }
    }

    /** Sends an invalidation request for all PASIDs: the bus carries one for each PASID that may be cached. */
    void invalidateAllPasids(int requesterId, long first, long last) {
        AttachedDevice device = table.get(requesterId);
        if (device != null) {
            device.asked().forEach(pasid -> device.invalidate(pasid, first, last));
        }
    }
}
