// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.nest.Smmuv3FirstStage;
import io.pgfault.smmuv3.internal.hardware.AttachedDevice;
import io.pgfault.smmuv3.internal.hardware.Hardware;
import io.pgfault.smmuv3.internal.hardware.Memory;
import io.pgfault.smmuv3.internal.hardware.Sizes;
import io.pgfault.smmuv3.internal.hardware.walk.FirstStageTable;
import io.pgfault.smmuv3.internal.hardware.walk.TableMemory;
import io.pgfault.smmuv3.internal.hardware.walk.WordMemory;
import io.pgfault.smmuv3.spec.Features;
import io.pgfault.smmuv3.spec.Registers;
import io.pgfault.tck.core.StrictFaults;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The tables of a guest's unit: a host reads the context descriptors, and caches them. The test is the device that is
 * assigned to the guest: at each news of the tables it reads the descriptor as the host would.
 */
class GuestTablesTest {
    private static final int STREAM = 0x10;
    private static final int PASID = 1;
    private static final int QUEUE = 8;
    private static final long BASE = 0x300_0000;
    private static final long PAGE = 0x7f00_0000_5000L;

    private final StrictFaults faults = StrictFaults.builder()
            .answers(request -> ResponseCode.SUCCESS)
            .domainsEverywhere()
            .build();
    private final ByteBuffer guest = ByteBuffer.allocateDirect(1 << 18).order(ByteOrder.LITTLE_ENDIAN);
    private final Memory memory = new Memory(new Sizes(QUEUE, 1, QUEUE, 8), Optional.of(new TableMemory(BASE, guest)));
    private final Hardware hardware = new Hardware(memory, 8, () -> {});
    private final UnitTables unit = new UnitTables(
            "vsmmu0", Features.MODEL, memory.tables(), memory.contexts(), hardware.domains(), new Queue());
    private final AttachedDevice device = new AttachedDevice(STREAM, null);
    private final DeviceTables tables = new DeviceTables(unit, "dma0", STREAM, new Assigned(), device.asked());
    private final FirstStageTable table = new FirstStageTable(new WordMemory(), 0x10_0000);
    private final List<String> news = new ArrayList<>();
    private int tail;

    private final class Queue implements CommandSink {
        @Override
        public void submit(long word0, long word1) {
            memory.commands().word(tail, 0, word0);
            memory.commands().word(tail, 1, word1);
            tail = tail + 1 & (2 << QUEUE) - 1;
        }

        @Override
        public boolean await() {
            hardware.write(Registers.CMDQ_PROD, tail);
            return true;
        }
    }

    private final class Assigned implements DeviceTlb {
        @Override
        public void invalidate(int pasid, long first, long last) {}

        @Override
        public void tablesChanged(int pasid) {
            assertThat(hardware.read(Registers.CMDQ_CONS))
                    .as("the guest's unit has executed every command")
                    .isEqualTo(tail);
            String stage = tables.firstStage().isPresent() ? "" : ", no first stage";
            news.add(pasid + (isValid() ? " valid" : " invalid") + stage);
        }
    }

    /** Whether the guest's memory has a valid descriptor of the PASID: word 0 bit 31 (IHI 0070 F.b §5.4). */
    private boolean isValid() {
        long contexts = tables.firstStage()
                .map(stage -> ((Smmuv3FirstStage) stage).ste0() & 0x00ff_ffff_ffff_ffc0L)
                .orElse(0L);
        if (contexts == 0) {
            return false;
        }
        long second = guest.getLong((int) (contexts - BASE)) & 0x00ff_ffff_ffff_f000L;
        return second != 0 && (guest.getLong((int) (second - BASE) + PASID * 64) >>> 31 & 1) != 0;
    }

    private Domain domain() {
        return faults.allocateDomain("sva", "a", table, false);
    }

    @BeforeEach
    void enable() {
        hardware.write(Registers.STRTAB_BASE, (int) unit.streams().base());
        hardware.write(Registers.STRTAB_BASE + 4, (int) (unit.streams().base() >>> 32));
        hardware.write(Registers.STRTAB_BASE_CFG, unit.streams().config());
        hardware.write(Registers.CR0, Registers.CR0_SMMUEN);
        memory.devices().add(device);
        tables.enter();
        table.map(PAGE, 0x9000, FirstStageTable.RW);
    }

    @Test
    void n01_theFirstStageOfTheStream_isWhatAClientMaySet() {
        Smmuv3FirstStage stage = (Smmuv3FirstStage) tables.firstStage().orElseThrow();
        // S1CDMax 20, two levels of 64 KiB, Config stage 1, V; EATS full, S1DSS terminate.
        assertThat(stage.ste0() & ~0x00ff_ffff_ffff_ffc0L).isEqualTo(20L << 59 | 0b10 << 4 | 0b101 << 1 | 1);
        assertThat(stage.ste1()).isEqualTo(1L << 28);
        assertThat(stage.ste0() & 0x00ff_ffff_ffff_ffc0L).isBetween(BASE, BASE + guest.capacity() - 1);
        assertThat(new FirstStageFields("dma0").check(stage)).isEqualTo(stage);
    }

    @Test
    void t05_n03_beforeADescriptorIsWritten_theHostHasForgottenTheOneBefore() {
        tables.attach(PASID, domain());
        assertThat(news).containsExactly("1 valid");
        assertThat(hardware.translate(device, PASID, PAGE)).isNotZero();

        tables.attach(PASID, domain());
        assertThat(news).containsExactly("1 valid", "1 invalid", "1 valid");

        news.clear();
        tables.detach(PASID);
        assertThat(news).containsExactly("1 invalid");

        news.clear();
        tables.attach(Pasid.NONE, domain());
        Smmuv3FirstStage stage = (Smmuv3FirstStage) tables.firstStage().orElseThrow();
        assertThat(stage.ste1()).as("S1DSS: substream 0").isEqualTo(1L << 28 | 0b10);
        assertThat(news).containsExactly("-1 invalid");

        news.clear();
        tables.close();
        assertThat(news).last().isEqualTo("-1 invalid, no first stage");
    }
}
