// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.RootedTable;
import io.pgfault.api.TableFormat;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.api.nest.Smmuv3FirstStage;
import io.pgfault.smmuv3.internal.hardware.walk.StageTables;
import io.pgfault.smmuv3.spec.Features;
import io.pgfault.smmuv3.spec.table.AddressSize;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;
import io.pgfault.smmuv3.spec.table.StreamTableEntry;

/**
 * A domain that is attached to a PASID of a device, and how the tables say so.
 *
 * <ul>
 *   <li>A table of the unit's own format is a first stage: the context descriptor holds its root.
 *   <li>A nested table takes the whole stream: the stream table entry says both stages, and the context descriptors are
 *       the client's (rule N01). The second stage is an object that the VMID stands for, so S2TTB is 0.
 *   <li>Every other table is an object that the ASID stands for. The descriptor is that of a first stage without root.
 * </ul>
 *
 * @param pasid the PASID, or {@link Pasid#NONE}
 * @param id the ASID; the VMID of a nested domain
 * @param client the client's table of a nested domain, else {@code null}
 * @param cached whether the unit caches what comes from the table
 */
record Attached(int pasid, Domain domain, int id, NestedTable client, boolean cached) {
    private static final int ADDRESS_BITS = 48;
    private static final int SIZE = AddressSize.code(ADDRESS_BITS);
    /** SH0, OR0, IR0: walks are inner shareable and write-back. */
    private static final long WALKS = 0b11 << 12 | 1 << 10 | 1 << 8;

    private static final long FLAGS = ContextDescriptor.ASET | WALKS;
    private static final long OBJECT_ROOT = 0;

    /**
     * The descriptor of a first stage of the host.
     *
     * @param features what the unit has: it refuses a descriptor that asks for more
     * @param root of tables in memory, 0 of an object
     */
    static ContextDescriptor descriptor(Features features, int asid, long root, boolean inMemory) {
        long flags = FLAGS
                | (features.stalls() ? ContextDescriptor.S : 0)
                | (inMemory && features.updatesAccessFlag() ? ContextDescriptor.HA : 0)
                | (inMemory && features.updatesDirtyState() ? ContextDescriptor.HD : 0);
        return new ContextDescriptor(ContextDescriptor.word0(ADDRESS_BITS, SIZE, asid, flags), root, 0);
    }

    /** What a table's ASID stands for. */
    static StageTables.OfAsid tables(PageTable table) {
        return table instanceof RootedTable rooted && rooted.format() == TableFormat.AARCH64_FOUR_LEVELS
                ? new StageTables.InMemory(rooted.memory())
                : new StageTables.Walked(table);
    }

    /** The root that a table's descriptor holds. */
    static long root(PageTable table, StageTables.OfAsid tables) {
        return tables instanceof StageTables.InMemory ? ((RootedTable) table).root() : OBJECT_ROOT;
    }

    /** The entry of a stream whose context descriptors are the host's. */
    static StreamTableEntry host(Features features, ContextTable contexts) {
        return new StreamTableEntry(
                StreamTableEntry.word0(
                        StreamTableEntry.STAGE_1,
                        contexts.substreamBits() == 0 ? StreamTableEntry.LINEAR : StreamTableEntry.TWO_LEVEL_64K,
                        contexts.address(),
                        contexts.substreamBits()),
                hostWord1(features, false),
                0,
                0);
    }

    /**
     * Word 1 of {@link #host}: ATS by all stages, and S1DSS.
     *
     * @param withoutPasid whether transactions without SubstreamID use the descriptor of substream 0; then no
     *     transaction of SubstreamID 0 is taken
     */
    static long hostWord1(Features features, boolean withoutPasid) {
        return StreamTableEntry.word1(
                withoutPasid ? StreamTableEntry.DSS_SUBSTREAM_0 : StreamTableEntry.DSS_TERMINATE,
                features.ats() ? StreamTableEntry.EATS_FULL : StreamTableEntry.EATS_NONE);
    }

    /**
     * The entry of a stream whose context descriptors are a client's (kernel: {@code arm_smmu_make_nested_domain_ste}).
     * Faults of the second stage stall a stream that has no ATS; the architecture has no stream with both.
     *
     * @param stage the client's half, checked
     */
    static StreamTableEntry nested(Smmuv3FirstStage stage, int vmid) {
        int config =
                switch (StreamTableEntry.config(stage.ste0())) {
                    case StreamTableEntry.STAGE_1 -> StreamTableEntry.NESTED;
                    case StreamTableEntry.BYPASS -> StreamTableEntry.STAGE_2;
                    default -> StreamTableEntry.ABORT;
                };
        boolean valid = (stage.ste0() & StreamTableEntry.V) != 0;
        long stalls = StreamTableEntry.eats(stage.ste1()) == StreamTableEntry.EATS_NONE ? StreamTableEntry.S2S : 0;
        return new StreamTableEntry(
                StreamTableEntry.word0(
                        valid ? config : StreamTableEntry.ABORT,
                        StreamTableEntry.format(stage.ste0()),
                        StreamTableEntry.contextPointer(stage.ste0()),
                        StreamTableEntry.s1cdMax(stage.ste0())),
                stage.ste1(),
                StreamTableEntry.word2(vmid, ADDRESS_BITS, 0, SIZE, stalls),
                0);
    }

    /** Whether a client keeps the context descriptors. */
    boolean nested() {
        return client != null;
    }

    /** Whether the domain serves every PASID of a device that has no descriptor of its own. */
    boolean ownsPasidTable() {
        return pasid == Pasid.NONE && domain.nested();
    }
}
