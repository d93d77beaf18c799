// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Device;
import io.pgfault.api.Permissions;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.trace.Inputs;
import io.pgfault.trace.LackeyReader;
import io.pgfault.trace.TraceFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClosedLoopReplayTest {
    private static final int PASID = 7;

    @TempDir
    Path folder;

    private final FaultingEndpoint endpoint = new FaultingEndpoint();
    private final List<String> faulted = new ArrayList<>();
    private long progress;

    @Test
    void everyPageOfAnAccessIsAccessedWithItsPermissions() throws Exception {
        replay("I  1000,3\n L 1ffc,8\n S 2ff8,8\n M 4fff,8194\n");
        assertThat(endpoint.accesses)
                .containsExactly(
                        "7 1000 r---",
                        "7 1ffc r---",
                        "7 2000 r---",
                        "7 2ff8 -w--",
                        "7 4fff rw--",
                        "7 5000 rw--",
                        "7 6000 rw--",
                        "7 7000 rw--");
    }

    @Test
    void anAccessAtTheTopOfTheAddressSpaceWrapsAround() throws Exception {
        replay(" L ffffffffffffffff,2\n");
        assertThat(endpoint.accesses).containsExactly("7 ffffffffffffffff r---", "7 0 r---");
    }

    @Test
    void anAccessFailsOnceHoweverManyOfItsPagesFail() throws Exception {
        endpoint.refused.addAll(Set.of(0x1L, 0x2L, 0x4L));
        ClosedLoopReplay.Result result = replay(" L 1ffc,8\n L 3ffc,8\n L 5000,1\n");
        assertThat(result.accesses()).isEqualTo(3);
        assertThat(result.failedAccesses()).isEqualTo(2);
        assertThat(endpoint.accesses)
                .as("pages after one that failed")
                .contains("7 2000 r---")
                .hasSize(5);
    }

    @Test
    void pageRequestsAreReportedByPageAndHitsAreNot() throws Exception {
        endpoint.refused.add(0x2L);
        ClosedLoopReplay.Result result = replay(" L 1ffc,8\n L 1000,4\n S 1000,4\n");
        assertThat(faulted).containsExactly("1000 1 DONE", "2000 1 INVALID", "1000 1 DONE");
        assertThat(result.requests()).isEqualTo(3);
    }

    @Test
    void aFailedDeviceCountsAsFailedAccesses() throws Exception {
        endpoint.answer = new Endpoint.Access(Endpoint.Outcome.FAILED, 0);
        assertThat(replay(" L 1000,8\n L 2000,8\n").failedAccesses()).isEqualTo(2);
        assertThat(faulted).isEmpty();
    }

    @Test
    void aDisconnectedDeviceEndsTheReplay() throws IOException {
        endpoint.answer = new Endpoint.Access(Endpoint.Outcome.DISCONNECTED, 0);
        assertThatThrownBy(() -> replay("banner\n L 1000,8\n L 2000,8\n"))
                .isInstanceOf(ReplayStoppedException.class)
                .hasMessageContainingAll("dma0", "line 2", "trace")
                .hasMessageNotContaining("\n");
        assertThat(endpoint.accesses).hasSize(1);
    }

    @Test
    void anInterruptedThreadStopsEvenWithoutAFault() {
        String text = " L 1000,8\n".repeat(2 * ClosedLoopReplay.STRIDE);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> replay(text)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void numbersAgreeWithAnObviousComputation() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String kinds = "ILSM";
        StringBuilder text = new StringBuilder("==1== banner\n");
        Set<Long> refused = Set.of(0x103L, 0x107L, 0x110L);
        Map<Long, Integer> mapped = new HashMap<>();
        long requests = 0;
        long failed = 0;
        int count = 3 * ClosedLoopReplay.STRIDE + 17;
        for (int i = 0; i < count; i++) {
            char kind = kinds.charAt(random.nextInt(4));
            long address = 0x10_0000L + random.nextInt(0x2_0000);
            int size = 1 + random.nextInt(64);
            text.append(kind == 'I' ? "I  " : " " + kind + " ")
                    .append(Long.toHexString(address))
                    .append(',')
                    .append(size)
                    .append('\n');
            int needs = kind == 'S' ? Permissions.WRITE : Permissions.READ;
            needs |= kind == 'M' ? Permissions.WRITE : 0;
            Set<Long> pages = new HashSet<>();
            for (long b = address; b < address + size; b++) {
                pages.add(b / 4096);
            }
            boolean good = true;
            for (long page : pages) {
                int there = mapped.getOrDefault(page, 0);
                if ((there & needs) != needs) {
                    requests++;
                    if (refused.contains(page)) {
                        good = false;
                    } else {
                        mapped.put(page, there | needs);
                    }
                }
            }
            failed += good ? 0 : 1;
        }
        endpoint.refused.addAll(refused);
        ClosedLoopReplay.Result result = replay(text.toString());
        assertThat(result).as("seed %d", seed).isEqualTo(new ClosedLoopReplay.Result(count, failed, requests));
        assertThat(endpoint.mapped).as("seed %d", seed).isEqualTo(mapped);
        assertThat(faulted).as("seed %d", seed).hasSize((int) requests);
        assertThat(progress).isEqualTo(3L * ClosedLoopReplay.STRIDE);
    }

    private ClosedLoopReplay.Result replay(String text) throws Exception {
        ClosedLoopReplay.Listener listener = new ClosedLoopReplay.Listener() {
            @Override
            public void faulted(long page, int requests, Endpoint.Outcome outcome) {
                faulted.add("%x %d %s".formatted(page, requests, outcome));
            }

            @Override
            public void progress(long accesses) {
                progress = accesses;
            }
        };
        Path path = Inputs.file(folder, "trace", Inputs.bytes(text));
        try (LackeyReader reader = new LackeyReader(TraceFile.open(path))) {
            return new ClosedLoopReplay(endpoint, PASID, listener).replay(reader);
        }
    }

    /** Asks once for what isn't mapped with enough permissions; gets it unless the page is refused. */
    private static final class FaultingEndpoint implements Endpoint {
        private final List<String> accesses = new ArrayList<>();
        private final Map<Long, Integer> mapped = new HashMap<>();
        private final Set<Long> refused = new HashSet<>();
        private Access answer;

        @Override
        public Access access(int pasid, long address, int permissions) {
            accesses.add("%d %x %s".formatted(pasid, address, Permissions.toString(permissions)));
            if (answer != null) {
                return answer;
            }
            long page = address >>> 12;
            int there = mapped.getOrDefault(page, 0);
            if ((there & permissions) == permissions) {
                return Access.HIT;
            }
            if (refused.contains(page)) {
                return new Access(Outcome.INVALID, 1);
            }
            mapped.put(page, there | permissions);
            return new Access(Outcome.DONE, 1);
        }

        @Override
        public String name() {
            return "dma0";
        }

        @Override
        public Device device() {
            throw new UnsupportedOperationException("a replay needs no device");
        }

        @Override
        public int pasid() {
            return PASID;
        }
    }
}
