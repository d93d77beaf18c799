// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.smmuv3.spec.EventRecord;

/** A stage whose page table is an object: what the object grants, and the events of a stage of bytes. Any thread. */
public final class ObjectStage {
    private static final int LAST_LEVEL = 3;
    private static final int ALL = Permissions.READ | Permissions.WRITE | Permissions.EXEC;
    private static final int PRIVILEGED = 3;
    /** An object says nothing of block sizes, so the first stage's size counts: log2 of 1 GiB, the largest. */
    private static final int SIZE = 30;

    private ObjectStage() {}

    /**
     * The fault of a first stage that doesn't grant an access.
     *
     * @param translation what the object gave
     * @return a {@link Result}
     */
    public static long fault(long translation) {
        int event = Translation.permissions(translation) == 0 ? Result.TRANSLATION : Result.PERMISSION;
        return Result.fault(event, false, LAST_LEVEL, EventRecord.CLASS_IN, 0);
    }

    /** The second stage. An intermediate address that the object doesn't map is F_TRANSLATION. */
    static long second(PageTable table, long ipa, int access, int faultClass) {
        long translation = table.walk(ipa);
        int granted = Translation.permissions(translation) & (Permissions.READ | Permissions.WRITE);
        if (granted == 0) {
            return Result.fault(Result.TRANSLATION, true, LAST_LEVEL, faultClass, ipa);
        }
        // As in VT-d's second stage of objects, executing needs no permission: memory of a guest is memory.
        int both = granted | Permissions.EXEC;
        long result = Result.translation(Translation.address(translation), SIZE, both | both << PRIVILEGED);
        return Result.grants(result, access & (ALL | Permissions.PRIV))
                ? result
                : Result.fault(Result.PERMISSION, true, LAST_LEVEL, faultClass, ipa);
    }
}
