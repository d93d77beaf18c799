// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.api.Pasid;
import io.pgfault.api.nest.Smmuv3Invalidation;
import io.pgfault.parts.PasidSet;
import io.pgfault.smmuv3.spec.CacheCommand;

/**
 * The invalidation commands of a client that has the first stage of a device (rule N03; kernel: {@code
 * arm_vsmmu_convert_user_cmd}). The client's StreamID and VMID are replaced by the device's. Any thread.
 */
final class ClientInvalidations {
    private final Invalidations unit;
    private final int streamId;
    private final DeviceTlb deviceTlb;
    private final PasidSet asked;

    /** @param asked the PASIDs that the device has used */
    ClientInvalidations(Invalidations unit, int streamId, DeviceTlb deviceTlb, PasidSet asked) {
        this.unit = unit;
        this.streamId = streamId;
        this.deviceTlb = deviceTlb;
        this.asked = asked;
    }

    /**
     * Carries out a command that was checked.
     *
     * @param vmid the VMID of the client's domain
     * @param opcode the command's
     * @return whether the unit has a command to execute; if not, the device alone has forgotten, and did so already
     */
    boolean submit(Smmuv3Invalidation command, int vmid, int opcode) {
        long word0 = command.word0();
        long word1 = command.word1();
        switch (opcode) {
            case CacheCommand.ATC_INV -> {
                invalidateDevice(word0, word1);
                return false;
            }
            case CacheCommand.CFGI_CD ->
                unit.command(CacheCommand.descriptor0(streamId, CacheCommand.substreamId(word0)), word1);
            case CacheCommand.CFGI_CD_ALL -> unit.descriptors(streamId);
            case CacheCommand.TLBI_NSNH_ALL ->
                unit.command(CacheCommand.translations0(CacheCommand.TLBI_NH_ALL, vmid, 0), 0);
            default -> unit.command(CacheCommand.withVmid(word0, vmid), word1);
        }
        return true;
    }

    private void invalidateDevice(long word0, long word1) {
        long first = CacheCommand.first(word1);
        long last = CacheCommand.last(word1);
        if (!CacheCommand.ssv(word0)) {
            deviceTlb.invalidate(Pasid.NONE, first, last);
        } else if (CacheCommand.global(word0)) {
            asked.forEach(other -> deviceTlb.invalidate(other, first, last));
        } else {
            deviceTlb.invalidate(CacheCommand.substreamId(word0), first, last);
        }
    }
}
