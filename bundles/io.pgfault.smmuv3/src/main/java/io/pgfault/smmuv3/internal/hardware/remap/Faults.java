// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.remap;

import io.pgfault.api.Permissions;
import io.pgfault.smmuv3.internal.hardware.walk.Configuration;
import io.pgfault.smmuv3.internal.hardware.walk.Result;
import io.pgfault.smmuv3.internal.hardware.walk.Stage1;
import io.pgfault.smmuv3.internal.hardware.walk.Stage2;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;

/**
 * What becomes of a transaction that has no translation: the event's words, and whether the tables let the transaction
 * stall or leave a record (IHI 0070 F.b §3.12, §7.3; rule T07). No state.
 */
public final class Faults {

    private Faults() {}

    /** Whether the event of a configuration has words of the transaction, because stage 2 failed on a descriptor. */
    public static boolean isTranslation(Configuration configuration) {
        return EventId.stallable(configuration.event());
    }

    /** Whether a fault of translation tables stalls the transaction: CD.S, or STE.S2S. */
    public static boolean stalls(Configuration configuration, boolean atStage2) {
        Stage1 stage1 = configuration.stage1();
        Stage2 stage2 = configuration.stage2();
        return atStage2 ? stage2 != null && stage2.stalls() : stage1 != null && stage1.stalls();
    }

    /** Whether a fault of translation tables that doesn't stall is recorded: CD.R, or STE.S2R. */
    public static boolean records(Configuration configuration, boolean atStage2) {
        Stage1 stage1 = configuration.stage1();
        Stage2 stage2 = configuration.stage2();
        return atStage2 ? stage2 == null || stage2.records() : stage1 == null || stage1.records();
    }

    /** Word 1 of the event of a walk. */
    public static long word1(long fault, int access, int missing) {
        long word1 = accessBits(access, missing) | EventRecord.word1(false, false, false, Result.faultClass(fault));
        return Result.stage2(fault) ? EventRecord.atStage2(word1) : word1;
    }

    /**
     * RnW, InD and PnU of an access. An event has one RnW bit: for an access that needs both, the event says write,
     * unless reading is all that is missing.
     *
     * @param missing what is known to be missing of the access, 0 if nothing is known
     */
    public static long accessBits(int access, int missing) {
        int asked = missing == 0 ? access : missing;
        boolean read = (asked & Permissions.WRITE) == 0;
        boolean instruction = read && (access & Permissions.EXEC) != 0;
        boolean privileged = (access & Permissions.PRIV) != 0;
        return EventRecord.word1(read, instruction, privileged, 0);
    }
}
