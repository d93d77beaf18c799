// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.vtd.internal.hardware.remap.Remapping;
import io.pgfault.vtd.internal.hardware.walk.Walk;
import io.pgfault.vtd.spec.ContextCacheInvalidation;
import io.pgfault.vtd.spec.IotlbInvalidation;
import io.pgfault.vtd.spec.PasidCacheInvalidation;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.table.ContextEntry;
import io.pgfault.vtd.spec.table.FaultReason;
import io.pgfault.vtd.spec.table.FaultRecord;
import io.pgfault.vtd.spec.table.PasidDirectoryEntry;
import io.pgfault.vtd.spec.table.PasidEntry;
import io.pgfault.vtd.spec.table.RootEntry;
import io.pgfault.vtd.spec.table.ScalableContextEntry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Caches, invalidation descriptors and fault recording registers; the test is the software. */
class RemappingTest {
    private static final int DEVICE = 0x0308;
    private static final int DOMAIN = 7;
    private static final int PASID = 9;
    private static final long ADDRESS = 0x5000;

    private final Memory memory = new Memory(40);
    private final Hardware hardware = new Hardware(memory);
    private final Memory.Region ring = memory.allocate(4096);
    private final List<String> events = new ArrayList<>();
    private final Walk walk = new Walk();
    private final Memory.Region root = page();
    private final Memory.Region contexts = page();
    private final Memory.Region[] levels = {null, page(), page(), page(), page()};
    private int tail;

    private Memory.Region page() {
        return memory.allocate(4096);
    }

    @BeforeEach
    void enable() {
        hardware.faultInterrupt((address, data) -> events.add("%x:%x".formatted(address, data)));
        hardware.write32(Registers.FEDATA, 0x31);
        hardware.write32(Registers.FEADDR, 0xfee0_0000);
        hardware.write32(Registers.FECTL, 0);
        hardware.write64(Registers.IQA, ring.address() | Registers.IQA_DW);
        for (int level = 4; level > 1; level--) {
            levels[level].bytes().putLong(0, levels[level - 1].address() | 7);
        }
        levels[1].bytes().putLong(5 * 8, 0x9007);
    }

    private void legacy() {
        root.bytes().putLong(3 * 16, RootEntry.word(contexts.address()));
        contexts.bytes().putLong(8 * 16, ContextEntry.word0(levels[4].address(), ContextEntry.TYPE_UNTRANSLATED));
        contexts.bytes().putLong(8 * 16 + 8, ContextEntry.word1(4, DOMAIN));
        turnOn(root.address());
    }

    private Memory.Region scalable(int type) {
        root.bytes().putLong(3 * 16, RootEntry.word(contexts.address()));
        Memory.Region directory = page();
        Memory.Region pasids = page();
        contexts.bytes()
                .putLong(
                        8 * 32,
                        ScalableContextEntry.word0(
                                directory.address(), 0, ScalableContextEntry.PASIDE | ScalableContextEntry.DTE));
        directory.bytes().putLong(0, PasidDirectoryEntry.word(pasids.address()));
        int at = PASID * PasidEntry.SIZE;
        pasids.bytes().putLong(at, PasidEntry.word0(type, levels[4].address(), 4, 0));
        pasids.bytes().putLong(at + 8, PasidEntry.word1(DOMAIN));
        pasids.bytes().putLong(at + 16, PasidEntry.word2(levels[4].address(), 4, 0));
        turnOn(root.address() | 1L << 10);
        return pasids;
    }

    private void turnOn(long rootTable) {
        hardware.write64(Registers.RTADDR, rootTable);
        hardware.write32(Registers.GCMD, Registers.GCMD_SRTP | Registers.GCMD_QIE);
        hardware.write32(Registers.GCMD, Registers.GCMD_TE | Registers.GCMD_QIE);
    }

    private void invalidate(long word0, long word1) {
        ring.bytes()
                .putLong(tail, word0)
                .putLong(tail + 8, word1)
                .putLong(tail + 16, 0)
                .putLong(tail + 24, 0);
        tail = (tail + 32) % 4096;
        hardware.write64(Registers.IQT, tail);
        assertThat(hardware.read32(Registers.FSTS) & Registers.FSTS_IQE).isZero();
    }

    private boolean read(int requesterId, int pasid, long address) {
        return hardware.remap(walk, requesterId, pasid, address, Permissions.READ, Remapping.UNTRANSLATED);
    }

    @Test
    void t05_aMissingInvalidation_isSeen_andTheDescriptorEndsIt() {
        legacy();
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).isTrue();
        levels[1].bytes().putLong(5 * 8, 0);
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS))
                .as("stale: not invalidated")
                .isTrue();
        assertThat(walk.address()).isEqualTo(0x9000);

        invalidate(IotlbInvalidation.word0(IotlbInvalidation.PAGES, DOMAIN + 1), IotlbInvalidation.word1(ADDRESS, 0));
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).as("another domain").isTrue();
        invalidate(IotlbInvalidation.word0(IotlbInvalidation.PAGES, DOMAIN), IotlbInvalidation.word1(0x6000, 0));
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).as("another page").isTrue();
        invalidate(IotlbInvalidation.word0(IotlbInvalidation.PAGES, DOMAIN), IotlbInvalidation.word1(0, 3));
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).as("8 pages from 0").isFalse();
        assertThat(walk.reason()).isEqualTo(FaultReason.READ);
    }

    @Test
    void t05_whatWasNotPresent_isNeverCached() {
        legacy();
        levels[1].bytes().putLong(5 * 8, 0);
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).isFalse();
        levels[1].bytes().putLong(5 * 8, 0x9003);
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).isTrue();
        root.bytes().putLong(4 * 16, 0);
        assertThat(read(0x0408, Pasid.NONE, ADDRESS)).isFalse();
        root.bytes().putLong(4 * 16, RootEntry.word(contexts.address()));
        assertThat(read(0x0408, Pasid.NONE, ADDRESS)).isTrue();
    }

    @Test
    void t05_aPermissionThatIsAdded_needsNoInvalidation() {
        legacy();
        levels[1].bytes().putLong(5 * 8, 0x9001);
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).isTrue();
        levels[1].bytes().putLong(5 * 8, 0x9003);
        assertThat(hardware.remap(walk, DEVICE, Pasid.NONE, ADDRESS, Permissions.WRITE, Remapping.UNTRANSLATED))
                .isTrue();
    }

    @Test
    void t05_anInvalidationOfOnePage_endsTheWholeLargePage() {
        legacy();
        levels[2].bytes().putLong(0, 0x4000_0087L);
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).isTrue();
        assertThat(walk.address()).isEqualTo(0x4000_5000L);
        levels[2].bytes().putLong(0, 0);
        invalidate(IotlbInvalidation.word0(IotlbInvalidation.PAGES, DOMAIN), IotlbInvalidation.word1(0x1f_f000, 0));
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).isFalse();
    }

    @Test
    void t05_contextCache() {
        legacy();
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).isTrue();
        contexts.bytes().putLong(8 * 16, 0);
        invalidate(IotlbInvalidation.word0(IotlbInvalidation.GLOBAL, 0), 0);
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).as("stale context entry").isTrue();
        invalidate(ContextCacheInvalidation.word0(ContextCacheInvalidation.DEVICE, 0, DEVICE ^ 1), 0);
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).as("another device").isTrue();
        invalidate(ContextCacheInvalidation.word0(ContextCacheInvalidation.DEVICE, 0, DEVICE), 0);
        assertThat(read(DEVICE, Pasid.NONE, ADDRESS)).isFalse();
        assertThat(walk.reason()).isEqualTo(FaultReason.CONTEXT_NOT_PRESENT);
    }

    @Test
    void t05_pasidCache_andTranslationsOfAPasid() {
        Memory.Region pasids = scalable(PasidEntry.FIRST_STAGE);
        assertThat(read(DEVICE, PASID, ADDRESS)).isTrue();
        pasids.bytes().putLong(PASID * PasidEntry.SIZE, 0);
        invalidate(IotlbInvalidation.pasidWord0(IotlbInvalidation.ALL, DOMAIN, PASID), 0);
        assertThat(read(DEVICE, PASID, ADDRESS)).as("stale PASID entry").isTrue();
        invalidate(PasidCacheInvalidation.word0(PasidCacheInvalidation.PASID, DOMAIN, PASID), 0);
        assertThat(read(DEVICE, PASID, ADDRESS)).isFalse();
        assertThat(walk.reason()).isEqualTo(FaultReason.SM_PASID_NOT_PRESENT);

        pasids.bytes().putLong(PASID * PasidEntry.SIZE, PasidEntry.word0(PasidEntry.FIRST_STAGE, 0, 2, 0));
        assertThat(read(DEVICE, PASID, ADDRESS)).isTrue();
        levels[1].bytes().putLong(5 * 8, 0);
        assertThat(read(DEVICE, PASID, ADDRESS)).as("stale translation").isTrue();
        invalidate(
                IotlbInvalidation.pasidWord0(IotlbInvalidation.PAGES, DOMAIN, PASID),
                IotlbInvalidation.word1(ADDRESS, 0));
        assertThat(read(DEVICE, PASID, ADDRESS)).isFalse();
    }

    @Test
    void t03_t05_aTranslationCachedFromARead_doesNotHideTheDirtyBit() {
        scalable(PasidEntry.FIRST_STAGE);
        assertThat(read(DEVICE, PASID, ADDRESS)).isTrue();
        assertThat(levels[1].bytes().getLong(5 * 8)).isEqualTo(0x9027);
        hardware.remap(walk, DEVICE, PASID, ADDRESS, Permissions.WRITE, Remapping.UNTRANSLATED);
        assertThat(levels[1].bytes().getLong(5 * 8)).isEqualTo(0x9067);
    }

    @Test
    void t07_aFault_isRecorded_andPendingUntilSoftwareClearsIt() {
        legacy();
        assertThat(hardware.remap(walk, DEVICE, Pasid.NONE, 0x7123, Permissions.WRITE, Remapping.UNTRANSLATED))
                .isFalse();
        assertThat(hardware.read32(Registers.FSTS)).isEqualTo(0x2);
        assertThat(hardware.read64(Registers.FRCD)).isEqualTo(0x7000);
        assertThat(hardware.read64(Registers.FRCD + 8)).isEqualTo(0x8000_0005_0000_0308L);
        assertThat(events).containsExactly("fee00000:31");

        hardware.write64(Registers.FRCD + 8, FaultRecord.FAULT);
        assertThat(hardware.read32(Registers.FSTS) & 0x3).isZero();
        read(DEVICE, Pasid.NONE, 0x7123);
        assertThat(hardware.read32(Registers.FSTS)).as("the next register").isEqualTo(0x102);
        assertThat(hardware.read64(Registers.FRCD + 24)).isEqualTo(0xc000_0006_0000_0308L);
        assertThat(events).hasSize(2);
    }

    @Test
    void t07_compression_overflow() {
        legacy();
        for (int i = 0; i < 3; i++) {
            read(DEVICE, Pasid.NONE, 0x7000 + i * 0x1000L);
        }
        assertThat(hardware.read64(Registers.FRCD + 24))
                .as("collapsed into the first")
                .isZero();
        for (int bus = 10; bus < 18; bus++) {
            read(bus << 8, Pasid.NONE, ADDRESS);
        }
        assertThat(hardware.read32(Registers.FSTS) & 0x3).as("PPF and PFO").isEqualTo(0x3);
        assertThat(FaultRecord.requesterId(hardware.read64(Registers.FRCD + 7 * 16 + 8)))
                .isEqualTo(16 << 8);
        for (int i = 0; i < 8; i++) {
            hardware.write64(Registers.FRCD + i * 16 + 8, FaultRecord.FAULT);
        }
        assertThat(hardware.read32(Registers.FSTS) & 0x3).as("PFO alone").isEqualTo(0x1);
        read(DEVICE, Pasid.NONE, 0x7000);
        assertThat(hardware.read32(Registers.FSTS) & 0x3)
                .as("lost while PFO is set")
                .isEqualTo(0x1);
        hardware.write32(Registers.FSTS, Registers.FSTS_PFO);
        read(DEVICE, Pasid.NONE, 0x7000);
        assertThat(hardware.read32(Registers.FSTS) & 0x3).isEqualTo(0x2);
        assertThat(events).hasSize(2);
    }

    @Test
    void t07_aTranslationRequestThatAPageRequestMends_isNotRecorded() {
        scalable(PasidEntry.FIRST_STAGE);
        assertThat(hardware.remap(walk, DEVICE, PASID, 0x7000, Walk.TRANSLATE, Remapping.TRANSLATION))
                .isFalse();
        assertThat(hardware.read32(Registers.FSTS)).isZero();
        levels[1].bytes().putLong(7 * 8, 0x0008_0000_0000_0005L | 1L << 63);
        hardware.remap(walk, DEVICE, PASID, 0x7000, Walk.TRANSLATE, Remapping.TRANSLATION);
        assertThat(walk.reason()).as("execute disable without NXE").isEqualTo(FaultReason.FS_RESERVED);
        assertThat(hardware.read64(Registers.FRCD + 8)).isEqualTo(0xd000_0972_8000_0308L);
    }

    @Test
    void t07_faultProcessingDisable_silencesQualifiedFaults() {
        legacy();
        contexts.bytes().putLong(8 * 16, ContextEntry.word0(levels[4].address(), 0) | ContextEntry.FPD);
        read(DEVICE, Pasid.NONE, 0x7000);
        assertThat(hardware.read32(Registers.FSTS)).isZero();
        read(0x0508, Pasid.NONE, 0x7000);
        assertThat(FaultRecord.reason(hardware.read64(Registers.FRCD + 8))).isEqualTo(FaultReason.ROOT_NOT_PRESENT);
    }

    @Test
    void t04_requestsThatTheTablesDoNotAllow() {
        scalable(PasidEntry.FIRST_STAGE);
        hardware.remap(walk, DEVICE, PASID, ADDRESS, Permissions.READ | Permissions.PRIV, Remapping.UNTRANSLATED);
        assertThat(walk.reason()).isEqualTo(FaultReason.SM_NO_SUPERVISOR_REQUESTS);
        hardware.remap(walk, DEVICE, PASID, ADDRESS, Permissions.READ | Permissions.EXEC, Remapping.UNTRANSLATED);
        assertThat(walk.reason()).isEqualTo(FaultReason.SM_NO_EXECUTE_REQUESTS);
        read(DEVICE, Pasid.MAX, ADDRESS);
        assertThat(walk.reason()).isEqualTo(FaultReason.SM_PASID_BEYOND);
    }
}
