// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.sva.internal.bind.SvaHandler;
import io.pgfault.userfault.internal.UserDomain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs of other languages keep the page table of a device: they attach, map, invalidate and read events. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NestClientsTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int PASID = 9;
    private static final int ID = 0x10;
    private static final int PAGES = 64;
    private static final int WRITES = 200;

    @TempDir
    private static Path folder;

    private List<ClientProgram> programs;

    @BeforeAll
    void compile() throws Exception {
        programs = ClientProgram.available(folder, "nest");
        assertThat(programs)
                .as("clients that can be run here: one needs cc or python3")
                .isNotEmpty();
    }

    List<ClientProgram> programs() {
        return programs;
    }

    @ParameterizedTest
    @MethodSource("programs")
    void n01_n03_n08_aProgramKeepsTheTableOfADevice(ClientProgram program) throws Exception {
        Path socket = folder.resolve("vm-" + program.language());
        Path said = folder.resolve("said-" + program.language());
        Path memory = Files.write(folder.resolve("memory-" + program.language()), new byte[PAGES * 4096]);
        Process client = null;
        try (StartedCore core = new StartedCore(LONG);
                NestingUnit unit = new NestingUnit(core.faults(), "unit0", 4)) {
            core.serve(UserQueue.KIND, true, UserQueue.handler());
            core.serve("sva", false, new SvaHandler());
            Device nic = unit.device("nic0", ID);
            try (UserDomain queue = UserQueue.startNested(core.faults(), socket, memory, 0, LONG)) {
                core.faults().attach(nic, Pasid.NONE, queue.domain());
                client = program.start(
                        socket,
                        said,
                        memory.toString(),
                        Integer.toString(ID),
                        Integer.toString(PASID),
                        socket + ".events");
                await().atMost(LONG).until(() -> unit.isAttached(nic, PASID));
                for (int i = 0; i < WRITES; i++) {
                    assertThat(unit.write(nic, PASID, 0x4000_0000L + i * 4096L, i))
                            .isNotNegative();
                }
                assertThat(unit.event(nic, PASID, 0x0a)).isTrue();
                await().atMost(LONG).until(() -> !queue.hasEvents());
            }
            long groups = nic.counters().get(Counter.GROUPS);
            assertThat(groups - nic.counters().get(Counter.SECOND_STAGE)).isEqualTo(WRITES);
            assertThat(nic.counters().get(Counter.SUCCESS)).isEqualTo(groups);
        } finally {
            if (client != null && !client.waitFor(1, TimeUnit.MINUTES)) {
                client.destroyForcibly();
            }
        }
        assertThat(client.exitValue()).as(Files.readString(said)).isZero();
        assertThat(Files.readString(said))
                .matches("mapped " + WRITES + " pages, [1-9] invalidations, 1 events, 0 losses told\n");
    }
}
