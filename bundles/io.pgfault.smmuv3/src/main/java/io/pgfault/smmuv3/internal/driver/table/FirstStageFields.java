// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.Smmuv3FirstStage;
import io.pgfault.api.nest.Smmuv3Invalidation;
import io.pgfault.smmuv3.spec.CacheCommand;
import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.table.StreamTableEntry;
import java.util.Locale;
import java.util.Optional;

/**
 * Checks every field of a client's first stage and of its invalidations: a client is not trusted (rules N03, N04;
 * kernel: {@code arm_smmu_validate_vste}, {@code arm_vsmmu_convert_user_cmd}). No state that changes.
 */
final class FirstStageFields {
    /** V, Config, S1Fmt, S1ContextPtr, S1CDMax. */
    private static final long STE_0 = 0xf8ff_ffff_ffff_ffffL;
    /** S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS. */
    private static final long STE_1 = 0x3800_00ffL;

    private static final long OPCODE = 0xff;
    private static final long VMID = 0xffffL << 32;
    private static final long ASID = 0xffffL << 48;
    private static final long STREAM = 0xffff_ffffL << 32;
    private static final long SUBSTREAM = 0xfffffL << 12;
    private static final long PAGE = -0x1000L;

    private final String device;

    /** @param device the device's name, for messages */
    FirstStageFields(String device) {
        this.device = device;
    }

    /**
     * What a client may set of a stream table entry, for a guest's stream, which is a client of the host; empty unless
     * stage 1 alone translates the stream.
     */
    static Optional<FirstStage> of(StreamTableEntry entry) {
        boolean valid = (entry.word0() & StreamTableEntry.V) != 0;
        return valid && StreamTableEntry.config(entry.word0()) == StreamTableEntry.STAGE_1
                ? Optional.of(new Smmuv3FirstStage(entry.word0() & STE_0, entry.word1() & STE_1))
                : Optional.empty();
    }

    /**
     * The client's half of a stream table entry.
     *
     * @throws IllegalArgumentException if it is another architecture's, or a field is wrong
     */
    Smmuv3FirstStage check(FirstStage stage) {
        if (!(stage instanceof Smmuv3FirstStage smmu)) {
            throw new IllegalArgumentException(
                    "device %s: the first stage is of another architecture, %s; this unit (SMMUv3) takes Smmuv3FirstStage"
                            .formatted(device, stage));
        }
        if ((smmu.ste0() & ~STE_0) != 0) {
            throw refused(
                    "word 0 of the stream table entry", smmu.ste0(), "V, Config, S1Fmt, S1ContextPtr and S1CDMax");
        }
        if ((smmu.ste1() & ~STE_1) != 0) {
            throw refused(
                    "word 1 of the stream table entry", smmu.ste1(), "S1DSS, S1CIR, S1COR, S1CSH, S1STALLD and EATS");
        }
        int config = StreamTableEntry.config(smmu.ste0());
        if (config != StreamTableEntry.ABORT
                && config != StreamTableEntry.BYPASS
                && config != StreamTableEntry.STAGE_1) {
            throw refused("Config", config, "abort (0), bypass (4) and stage 1 (5)");
        }
        int eats = StreamTableEntry.eats(smmu.ste1());
        if (eats != StreamTableEntry.EATS_NONE && eats != StreamTableEntry.EATS_FULL) {
            throw refused("EATS", eats, "0 and 1");
        }
        return smmu;
    }

    /**
     * Checks a command of the client.
     *
     * @return its opcode
     * @throws IllegalArgumentException if a client may not send the command, or a bit is set that the unit lacks
     */
    int check(Smmuv3Invalidation command) {
        int opcode = Command.opcode(command.word0());
        long ids =
                switch (opcode) {
                    case CacheCommand.TLBI_NSNH_ALL -> 0;
                    case CacheCommand.TLBI_NH_ALL, CacheCommand.TLBI_NH_VAA -> VMID;
                    case CacheCommand.TLBI_NH_ASID, CacheCommand.TLBI_NH_VA -> VMID | ASID;
                    case CacheCommand.CFGI_CD_ALL -> STREAM;
                    case CacheCommand.CFGI_CD -> STREAM | SUBSTREAM;
                    case CacheCommand.ATC_INV -> STREAM | SUBSTREAM | 1 << 11 | 1 << 9;
                    default ->
                        throw refused(
                                "opcode",
                                opcode,
                                "CFGI_CD, CFGI_CD_ALL, TLBI_NH_ALL, TLBI_NH_ASID, TLBI_NH_VA, TLBI_NH_VAA,"
                                        + " TLBI_NSNH_ALL and ATC_INV");
                };
        long words =
                switch (opcode) {
                    case CacheCommand.TLBI_NH_VA, CacheCommand.TLBI_NH_VAA -> PAGE | 1;
                    case CacheCommand.CFGI_CD -> 1;
                    case CacheCommand.ATC_INV -> PAGE | 0x3f;
                    default -> 0;
                };
        if ((command.word0() & ~(ids | OPCODE)) != 0) {
            throw refused("word 0 of the command", command.word0(), "no reserved bit and no range");
        }
        if ((command.word1() & ~words) != 0) {
            throw refused("word 1 of the command", command.word1(), "no reserved bit and no range");
        }
        return opcode;
    }

    private IllegalArgumentException refused(String field, long value, String allowed) {
        return new IllegalArgumentException(String.format(
                Locale.ROOT,
                "device %s: %s of the user's first stage is 0x%x; allowed: %s",
                device,
                field,
                value,
                allowed));
    }
}
