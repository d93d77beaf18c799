// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.spec;

import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.FirstStageInvalidation;
import io.pgfault.api.nest.Smmuv3FirstStage;
import io.pgfault.api.nest.Smmuv3Invalidation;
import io.pgfault.api.nest.VtdFirstStage;
import io.pgfault.api.nest.VtdInvalidation;
import java.nio.ByteBuffer;

/**
 * The data of control records, as in {@code include/uapi/linux/iommufd.h} (Linux 7.3).
 *
 * <pre>
 * iommu_hwpt_vtd_s1             24  u64 flags@0 (SRE 1, EAFE 2, WPE 4)  u64 pgtbl_addr@8  u32 addr_width@16
 *                                   u32 reserved@20
 * iommu_hwpt_vtd_s1_invalidate  24  u64 addr@0  u64 npages@8  u32 flags@16 (LEAF 1)  u32 reserved@20
 * iommu_hwpt_arm_smmuv3         16  u64 ste[2]
 * iommu_viommu_arm_smmuv3_invalidate  16  u64 cmd[2]
 * </pre>
 *
 * Every method takes the byte offset {@code at} of a structure in the buffer.
 *
 * @since 1.2
 */
public final class FirstStageData {
    /** Size of the structures of VT-d in bytes. */
    public static final int VTD_SIZE = 24;

    /** Size of the structures of SMMUv3 in bytes. */
    public static final int SMMUV3_SIZE = 16;

    private FirstStageData() {}

    /** The type of a control record's data that holds this first stage. */
    public static int type(FirstStage stage) {
        return stage instanceof VtdFirstStage ? ControlRecord.VTD_S1 : ControlRecord.ARM_SMMUV3;
    }

    /** The type of a control record's data that holds this invalidation. */
    public static int type(FirstStageInvalidation invalidation) {
        return invalidation instanceof VtdInvalidation ? ControlRecord.VTD_S1 : ControlRecord.ARM_SMMUV3;
    }

    /**
     * The size of one structure, of a first stage or of an invalidation.
     *
     * @param type {@link ControlRecord#VTD_S1} or {@link ControlRecord#ARM_SMMUV3}
     * @throws IllegalArgumentException for another type
     */
    public static int size(int type) {
        return switch (type) {
            case ControlRecord.VTD_S1 -> VTD_SIZE;
            case ControlRecord.ARM_SMMUV3 -> SMMUV3_SIZE;
            default -> throw new IllegalArgumentException("data type is 1 (VT-d) or 2 (SMMUv3), got " + type);
        };
    }

    /** Writes a first stage; {@link #size} bytes. */
    public static void put(ByteBuffer buffer, int at, FirstStage stage) {
        if (stage instanceof VtdFirstStage vtd) {
            Words.putLong(buffer, at, vtd.flags());
            Words.putLong(buffer, at + 8, vtd.root());
            Words.putInt(buffer, at + 16, vtd.addressWidth());
            Words.putInt(buffer, at + 20, 0);
        } else if (stage instanceof Smmuv3FirstStage smmu) {
            Words.putLong(buffer, at, smmu.ste0());
            Words.putLong(buffer, at + 8, smmu.ste1());
        }
    }

    /**
     * Reads a first stage, whether or not a driver takes its words.
     *
     * @throws IllegalArgumentException for an unknown type, or if a reserved field isn't 0
     */
    public static FirstStage firstStage(ByteBuffer buffer, int at, int type) {
        if (size(type) == SMMUV3_SIZE) {
            return new Smmuv3FirstStage(Words.getLong(buffer, at), Words.getLong(buffer, at + 8));
        }
        checkReserved(buffer, at + 20);
        return new VtdFirstStage(
                Words.getLong(buffer, at), Words.getLong(buffer, at + 8), Words.getInt(buffer, at + 16));
    }

    /** Writes an invalidation; {@link #size} bytes. */
    public static void put(ByteBuffer buffer, int at, FirstStageInvalidation invalidation) {
        if (invalidation instanceof VtdInvalidation vtd) {
            Words.putLong(buffer, at, vtd.address());
            Words.putLong(buffer, at + 8, vtd.pages());
            Words.putInt(buffer, at + 16, vtd.flags());
            Words.putInt(buffer, at + 20, 0);
        } else if (invalidation instanceof Smmuv3Invalidation smmu) {
            Words.putLong(buffer, at, smmu.word0());
            Words.putLong(buffer, at + 8, smmu.word1());
        }
    }

    /**
     * Reads an invalidation, whether or not a driver takes its words.
     *
     * @throws IllegalArgumentException for an unknown type, or if a reserved field isn't 0
     */
    public static FirstStageInvalidation invalidation(ByteBuffer buffer, int at, int type) {
        if (size(type) == SMMUV3_SIZE) {
            return new Smmuv3Invalidation(Words.getLong(buffer, at), Words.getLong(buffer, at + 8));
        }
        checkReserved(buffer, at + 20);
        return new VtdInvalidation(
                Words.getLong(buffer, at), Words.getLong(buffer, at + 8), Words.getInt(buffer, at + 16));
    }

    private static void checkReserved(ByteBuffer buffer, int at) {
        if (Words.getInt(buffer, at) != 0) {
            throw new IllegalArgumentException(
                    "the reserved field of a structure is 0, got 0x%x".formatted(Words.getInt(buffer, at)));
        }
    }
}
