// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.driver.table.CommandSink;
import io.pgfault.smmuv3.internal.driver.table.DeviceTables;
import io.pgfault.smmuv3.internal.driver.table.UnitTables;
import io.pgfault.smmuv3.spec.Features;
import io.pgfault.smmuv3.spec.Registers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The model without a driver: the test is the software, with words and registers written by hand. */
class HardwareTest {
    private static final int CMDQ_PROD = 0x98;
    private static final int CMDQ_CONS = 0x9c;
    private static final int EVENTQ_PROD = 0x100a8;
    private static final int EVENTQ_CONS = 0x100ac;
    private static final int PRIQ_PROD = 0x100c8;
    private static final int PRIQ_CONS = 0x100cc;
    private static final int GERROR = 0x60;
    private static final int GERRORN = 0x64;

    private final Memory memory = new Memory(new Sizes(1, 1, 2, 4));
    private final int[] interrupts = new int[1];
    private final Hardware hardware = new Hardware(memory, 4, () -> interrupts[0]++);
    private final UnitTables tables = new UnitTables(
            "smmu3.7", Features.MODEL, memory.tables(), memory.contexts(), hardware.domains(), new NoCommands());
    private final List<String> sent = new ArrayList<>();

    private AttachedDevice stream(int id) {
        AttachedDevice stream = new AttachedDevice(id, new Downstream() {
            @Override
            public void pageGroupResponse(int pasid, int prgIndex, int code) {
                sent.add("%x: pasid %d group %d code %d".formatted(id, pasid, prgIndex, code));
            }

            @Override
            public void resume(int transaction, boolean retry) {
                sent.add("%x: transaction %d %s".formatted(id, transaction, retry ? "retry" : "abort"));
            }

            @Override
            public void invalidate(int pasid, long first, long last) {}

            @Override
            public void disconnected() {}
        });
        memory.devices().add(stream);
        DeviceTables entered = new DeviceTables(tables, "stream", id, (pasid, first, last) -> {}, stream.asked());
        entered.enter();
        entered.attach(7, domain());
        return stream;
    }

    /** Nothing is cached before it is invalidated here, so no command has to be executed. */
    private static final class NoCommands implements CommandSink {
        @Override
        public void submit(long word0, long word1) {}

        @Override
        public boolean await() {
            return true;
        }
    }

    @BeforeEach
    void enable() {
        hardware.write(Registers.STRTAB_BASE, (int) tables.streams().base());
        hardware.write(Registers.STRTAB_BASE + 4, (int) (tables.streams().base() >>> 32));
        hardware.write(Registers.STRTAB_BASE_CFG, tables.streams().config());
        hardware.write(Registers.CR0, Registers.CR0_SMMUEN);
    }

    private static Domain domain() {
        return new Domain() {
            @Override
            public String kind() {
                return "user";
            }

            @Override
            public String name() {
                return "empty";
            }

            @Override
            public PageTable pageTable() {
                return PageTable.EMPTY;
            }

            @Override
            public boolean nested() {
                return false;
            }

            @Override
            public void free() {}
        };
    }

    private void command(int slot, long word0, long word1) {
        memory.commands().word(slot, 0, word0);
        memory.commands().word(slot, 1, word1);
    }

    @Test
    void aStallIsRecordedWordForWord() {
        AttachedDevice stream = stream(0x8000_0001);

        assertThat(hardware.transact(stream, 9, 7, Permissions.READ | Permissions.PRIV, 0x1234_5678L))
                .isEqualTo(Upstream.STALLED);

        assertThat(hardware.read(EVENTQ_PROD)).isEqualTo(1);
        assertThat(memory.events().word(0, 0)).isEqualTo(0x8000_0001_0000_7810L);
        assertThat(memory.events().word(0, 1) & ~0xffffL).isEqualTo(0x0000_020a_8000_0000L);
        assertThat(memory.events().word(0, 2)).isEqualTo(0x1234_5678L);
        assertThat(memory.events().word(0, 3)).isZero();
        assertThat(interrupts[0]).isEqualTo(1);
        assertThat(hardware.outstandingStalls()).isEqualTo(1);
    }

    @Test
    void aPageRequestIsRecordedWordForWord() {
        hardware.pageRequest(stream(0x201), 7, 0x1ff, Permissions.WRITE | Permissions.EXEC, 0xffff_f000_1fffL, true);

        assertThat(hardware.read(PRIQ_PROD)).isEqualTo(1);
        assertThat(memory.pri().word(0, 0)).isEqualTo(0xe800_0007_0000_0201L);
        assertThat(memory.pri().word(0, 1)).isEqualTo(0xffff_f000_11ffL);
        assertThat(interrupts[0]).isEqualTo(1);
    }

    @Test
    void theInterruptComesWhenAQueueStopsBeingEmpty() {
        AttachedDevice stream = stream(5);
        hardware.pageRequest(stream, 7, 1, Permissions.READ, 0, false);
        hardware.pageRequest(stream, 7, 1, Permissions.READ, 0, false);
        assertThat(interrupts[0]).isEqualTo(1);
        hardware.write(PRIQ_CONS, hardware.read(PRIQ_PROD));
        hardware.pageRequest(stream, 7, 1, Permissions.READ, 0, false);
        assertThat(interrupts[0]).isEqualTo(2);
        assertThat(hardware.read(PRIQ_PROD)).isEqualTo(3);
        hardware.write(PRIQ_CONS, 3);
        hardware.pageRequest(stream, 7, 1, Permissions.READ, 0, false);
        assertThat(hardware.read(PRIQ_PROD))
                .as("the wrap bit falls after two rounds")
                .isZero();
    }

    @Test
    void a08_untilAcknowledgedEverythingIsLostThoughThereIsRoom() {
        AttachedDevice stream = stream(5);
        for (int i = 0; i < 3; i++) {
            hardware.pageRequest(stream, 7, i, Permissions.READ, 0, true);
        }
        assertThat(hardware.read(PRIQ_PROD)).isEqualTo(0x8000_0002);
        assertThat(sent).containsExactly("5: pasid 7 group 2 code 0");
        hardware.write(PRIQ_CONS, 2);
        hardware.pageRequest(stream, 7, 3, Permissions.READ, 0, true);
        assertThat(hardware.read(PRIQ_PROD)).isEqualTo(0x8000_0002);
        assertThat(sent).hasSize(2);

        hardware.write(PRIQ_CONS, 0x8000_0002);
        hardware.pageRequest(stream, 7, 4, Permissions.READ, 0, true);

        assertThat(hardware.read(PRIQ_PROD)).isEqualTo(0x8000_0003);
        assertThat(sent).hasSize(2);
        hardware.pageRequest(stream, 7, 5, Permissions.READ, 0, false);
        hardware.pageRequest(stream, 7, 6, Permissions.READ, 0, false);
        assertThat(hardware.read(PRIQ_PROD))
                .as("the next overflow flips the flag back")
                .isZero();
    }

    @Test
    void a05_keptStallsMoveUpWhenSoftwareConsumes() {
        AttachedDevice stream = stream(5);
        for (int i = 0; i < 4; i++) {
            hardware.transact(stream, i, 7, Permissions.READ, i);
        }
        assertThat(hardware.read(EVENTQ_PROD)).isEqualTo(2);
        assertThat(hardware.outstandingStalls()).isEqualTo(4);
        hardware.write(EVENTQ_CONS, 1);
        assertThat(hardware.read(EVENTQ_PROD)).isEqualTo(3);
        assertThat(memory.events().word(2, 2)).isEqualTo(2);
        hardware.write(EVENTQ_CONS, 3);
        assertThat(hardware.read(EVENTQ_PROD)).isZero();
        assertThat(memory.events().word(3, 2)).isEqualTo(3);
    }

    @Test
    void a09_stallTermTerminatesOneStreamRecordedOrNot() {
        AttachedDevice one = stream(1);
        AttachedDevice two = stream(2);
        hardware.transact(one, 10, 7, Permissions.READ, 0);
        hardware.transact(two, 20, 7, Permissions.READ, 0);
        hardware.transact(one, 11, 7, Permissions.READ, 0);
        hardware.transact(two, 21, 7, Permissions.READ, 0);
        command(0, 0x0000_0001_0000_0045L, 0);

        hardware.write(CMDQ_PROD, 1);

        assertThat(sent).containsExactlyInAnyOrder("1: transaction 10 abort", "1: transaction 11 abort");
        assertThat(hardware.outstandingStalls()).isEqualTo(2);
        hardware.write(EVENTQ_CONS, 2);
        assertThat(hardware.read(EVENTQ_PROD))
                .as("only the other stream's stall is recorded now")
                .isEqualTo(3);
        assertThat(memory.events().word(2, 0) >>> 32).isEqualTo(2);
    }

    @Test
    void commandsAreCarriedOutInOrder() {
        AttachedDevice stream = stream(5);
        hardware.transact(stream, 10, 7, Permissions.READ, 0);
        hardware.transact(stream, 11, 7, Permissions.READ, 0);
        long first = memory.events().word(0, 1) & 0xffff;
        long second = memory.events().word(1, 1) & 0xffff;
        command(0, 0x0000_0005_0000_0044L, second);
        command(1, 0x0000_0005_0000_7841L, 0x2003);
        command(2, 0x0000_0005_0000_1044L, first);
        command(3, 0x0000_0009_0000_1046L, 0x1000);

        hardware.write(CMDQ_PROD, 4);

        assertThat(sent)
                .containsExactly("5: transaction 11 abort", "5: pasid 7 group 3 code 0", "5: transaction 10 retry");
        assertThat(hardware.read(CMDQ_CONS)).isEqualTo(4);
        assertThat(memory.syncWord()).isEqualTo(9);
        assertThat(hardware.outstandingStalls()).isZero();
    }

    @Test
    void aBadCommandStopsTheQueueUntilItIsAcknowledged() {
        long[][] bad = {
            {0x00, 0}, {0xff, 0}, {0x3044, 0}, {0x41, 0x3000}, {0x3046, 0}, {0x1046, 0x2000},
        };
        int position = 0;
        int error = 0;
        for (long[] words : bad) {
            stream(5);
            sent.clear();
            command(position, words[0], words[1]);
            command(position + 1, 0x0000_0005_0000_0041L, 0x1003);
            int before = interrupts[0];

            hardware.write(CMDQ_PROD, position + 2 & 7);

            error ^= 1;
            assertThat(hardware.read(GERROR)).isEqualTo(error);
            assertThat(hardware.read(CMDQ_CONS)).isEqualTo(0x0100_0000 | position);
            assertThat(interrupts[0]).isEqualTo(before + 1);
            assertThat(sent).isEmpty();
            hardware.write(CMDQ_PROD, position + 2 & 7);
            assertThat(sent).as("it stays stopped").isEmpty();

            command(position, 0x46, 0);
            hardware.write(GERRORN, error);

            position = position + 2 & 7;
            assertThat(sent).containsExactly("5: pasid -1 group 3 code 1");
            assertThat(hardware.read(CMDQ_CONS)).isEqualTo(position);
        }
    }

    @Test
    void onlySoftwaresRegistersCanBeWritten() {
        turnOnEvents();
        assertThatThrownBy(() -> hardware.write(EVENTQ_PROD, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(hardware.read(Registers.EVENTQ_PROD)).isZero();
        assertThatThrownBy(() -> hardware.write(Registers.IDR0, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aQueueIsTurnedOn_whereItsBaseRegisterSays() {
        assertThatThrownBy(() -> hardware.write(Registers.CR0, Registers.CR0_EVENTQEN))
                .hasMessageContaining("EVENTQ_BASE is 0x0")
                .hasMessageContaining("0x%x".formatted(memory.events().base()));
        assertThat(hardware.read(Registers.CR0ACK) & Registers.CR0_EVENTQEN).isZero();
        turnOnEvents();
        assertThat(hardware.read(Registers.CR0ACK) & Registers.CR0_EVENTQEN).isEqualTo(Registers.CR0_EVENTQEN);
    }

    private void turnOnEvents() {
        long base = memory.events().base();
        hardware.write(Registers.EVENTQ_BASE, (int) base);
        hardware.write(Registers.EVENTQ_BASE + 4, (int) (base >>> 32));
        hardware.write(Registers.CR0, Registers.CR0_EVENTQEN);
    }
}
