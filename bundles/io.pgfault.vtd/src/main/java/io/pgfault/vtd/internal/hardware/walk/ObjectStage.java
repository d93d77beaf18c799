// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.vtd.spec.table.FaultReason;

/** A stage whose page table is an object: what the object grants, and the reasons of a stage of bytes. Any thread. */
final class ObjectStage {
    private static final int READ_WRITE = Permissions.READ | Permissions.WRITE;

    private ObjectStage() {}

    /** The first stage: the object says what is granted, to requests of each privilege. */
    static boolean first(Walk walk, PageTable table, long address, int access) {
        long translation = table.walk(address);
        int granted = Translation.permissions(translation);
        return grants(walk, 1, granted, access, address)
                && walk.translated(to(translation, address), Translation.PAGE_SHIFT, granted, false);
    }

    /** The second stage: as in its bytes, executing needs no permission. */
    static boolean second(Walk walk, PageTable table, long address, int access) {
        long translation = table.walk(address);
        int granted = Translation.permissions(translation) & READ_WRITE;
        return grants(walk, 2, granted, access & ~Permissions.EXEC, address)
                && walk.translated(to(translation, address), Translation.PAGE_SHIFT, granted | Permissions.EXEC, false);
    }

    private static boolean grants(Walk walk, int stage, int granted, int access, long address) {
        if (granted == 0) {
            int reason = stage == 1 ? FaultReason.FS_NOT_PRESENT : FaultReason.SS_NOT_PRESENT;
            return walk.fault(reason, stage, 1, address);
        }
        int missing = access & ~granted;
        if ((missing & Permissions.WRITE) != 0) {
            return walk.fault(FaultReason.SM_WRITE, stage, 1, address);
        }
        if ((missing & Permissions.EXEC) != 0) {
            return walk.fault(FaultReason.SM_EXECUTE, stage, 1, address);
        }
        if ((missing & Permissions.READ) != 0) {
            return walk.fault(FaultReason.SM_READ, stage, 1, address);
        }
        return true;
    }

    private static long to(long translation, long address) {
        return Translation.address(translation) | (address & (Translation.PAGE_SIZE - 1));
    }
}
