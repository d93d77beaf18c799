// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.remap;

import io.pgfault.api.Pasid;
import io.pgfault.parts.Walkers;
import io.pgfault.smmuv3.spec.CacheCommand;
import io.pgfault.smmuv3.spec.Command;

/**
 * Executes the commands that make the unit forget what it has cached (rule T05; IHI 0070 F.b §4.3, §4.4). A command
 * returns after the walks that began before the unit has forgotten, so a CMD_SYNC that follows completes after these
 * walks (§4.7.3). Any thread.
 */
public final class CacheInvalidations {
    private final Caches caches;
    private final Walkers<?> walkers;

    CacheInvalidations(Caches caches, Walkers<?> walkers) {
        this.caches = caches;
        this.walkers = walkers;
    }

    /** Executes a CFGI or TLBI command; returns false for any other. */
    public boolean execute(long word0, long word1) {
        switch (Command.opcode(word0)) {
            case CacheCommand.CFGI_STE, CacheCommand.CFGI_CD_ALL -> stream(Command.streamId(word0));
            case CacheCommand.CFGI_STE_RANGE -> streams(Command.streamId(word0), CacheCommand.range(word1));
            case CacheCommand.CFGI_CD -> descriptor(Command.streamId(word0), CacheCommand.substreamId(word0));
            case CacheCommand.TLBI_NH_ALL -> firstStages(CacheCommand.vmid(word0));
            case CacheCommand.TLBI_NH_ASID -> asid(CacheCommand.vmid(word0), CacheCommand.asid(word0));
            case CacheCommand.TLBI_NH_VA ->
                caches.invalidateAddress(
                        CacheCommand.vmid(word0), CacheCommand.asid(word0), CacheCommand.address(word1));
            case CacheCommand.TLBI_NH_VAA -> address(CacheCommand.vmid(word0), CacheCommand.address(word1));
            case CacheCommand.TLBI_S12_VMALL -> vmid(CacheCommand.vmid(word0));
            case CacheCommand.TLBI_S2_IPA ->
                caches.invalidateAddress(CacheCommand.vmid(word0), Configured.NO_ASID, CacheCommand.address(word1));
            case CacheCommand.TLBI_NSNH_ALL -> caches.invalidateTranslations(entry -> true);
            default -> {
                return false;
            }
        }
        walkers.awaitBusy();
        return true;
    }

    /** Forgets the stream table entry of a stream, and the context descriptors that were found through the entry. */
    private void stream(int streamId) {
        caches.invalidateConfigurations(entry -> entry.streamId() == streamId);
    }

    private void streams(int streamId, int range) {
        int mask = range == CacheCommand.RANGE_ALL ? 0 : -2 << range;
        caches.invalidateConfigurations(entry -> ((entry.streamId() ^ streamId) & mask) == 0);
    }

    /** Forgets a context descriptor. The descriptor of substream 0 serves transactions without SubstreamID, too. */
    private void descriptor(int streamId, int substreamId) {
        caches.invalidateConfigurations(entry -> entry.streamId() == streamId
                && (entry.substreamId() == substreamId || (substreamId == 0 && entry.substreamId() == Pasid.NONE)));
    }

    private void firstStages(int vmid) {
        caches.invalidateTranslations(entry -> entry.vmid() == vmid && entry.asid() != Configured.NO_ASID);
    }

    private void asid(int vmid, int asid) {
        caches.invalidateTranslations(entry -> entry.vmid() == vmid && entry.asid() == asid);
    }

    private void address(int vmid, long address) {
        caches.invalidateTranslations(
                entry -> entry.vmid() == vmid && entry.asid() != Configured.NO_ASID && entry.covers(address));
    }

    private void vmid(int vmid) {
        caches.invalidateTranslations(entry -> entry.vmid() == vmid);
    }
}
