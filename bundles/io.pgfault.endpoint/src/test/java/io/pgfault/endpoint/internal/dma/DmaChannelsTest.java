// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.dma;

import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.bus.Downstream;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Completion.Status;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.endpoint.internal.FakeMemory;
import io.pgfault.endpoint.internal.device.FakeUnit;
import io.pgfault.endpoint.internal.device.FakeUnit.Request;
import io.pgfault.endpoint.internal.device.PcieFunction;
import io.pgfault.endpoint.internal.device.StallingMaster;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A DMA engine behind a unit that maps each requested page to itself, up to a last page. */
@Timeout(60)
class DmaChannelsTest {
    private static final int PASID = 5;
    private static final int PAGES = 64;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final FakeMemory memory = new FakeMemory(PAGES);
    private final FakeUnit unit = new FakeUnit();
    private final PcieFunction function = new PcieFunction(unit, "dma0", 0x10, 16, 32);
    private final List<DmaChannels> engines = new ArrayList<>();
    private final ConcurrentHashMap<Integer, List<Request>> open = new ConcurrentHashMap<>();

    DmaChannelsTest() {
        random.nextBytes(memory.bytes().array());
        unit.host = this::answer;
    }

    /** Maps the pages of a group in order, and stops at the first beyond the end (rule S03). */
    private void answer(FakeUnit from, Request request) {
        List<Request> group = open.computeIfAbsent(request.number(), number -> new ArrayList<>());
        group.add(request);
        if (!request.last()) {
            return;
        }
        open.remove(request.number());
        int code = Downstream.SUCCESS;
        for (Request one : group) {
            if (one.address() >>> 12 >= PAGES) {
                code = Downstream.INVALID_REQUEST;
                break;
            }
            from.map(one.pasid(), one.address(), READ | WRITE);
        }
        from.downstream.pageGroupResponse(request.pasid(), request.number(), code);
    }

    private DmaChannels engine(int channels, int groupSize) {
        DmaChannels engine = new DmaChannels(function, memory, PASID, channels, groupSize);
        engines.add(engine);
        return engine;
    }

    private Completion one(int groupSize, Descriptor descriptor) throws InterruptedException {
        return engine(1, groupSize).execute(List.of(descriptor)).get(0);
    }

    private byte[] bytes(int from, int length) {
        return Arrays.copyOfRange(memory.bytes().array(), from, from + length);
    }

    @AfterEach
    void stop() {
        engines.forEach(DmaChannels::close);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 512})
    void copiesBetweenAnyAlignments(int groupSize) throws Exception {
        for (int round = 0; round < 20; round++) {
            int length = random.nextInt(20 << 12);
            int source = random.nextInt(8192);
            int destination = (32 << 12) + random.nextInt(8192);
            byte[] expected = bytes(source, length);
            Completion completion = one(groupSize, Descriptor.copy(source, destination, length));
            String what = "seed %d round %d".formatted(seed, round);
            assertThat(completion.status()).as(what).isEqualTo(Status.SUCCESS);
            assertThat(completion.bytes()).as(what).isEqualTo(length);
            assertThat(bytes(destination, length)).as(what).isEqualTo(expected);
        }
    }

    @Test
    void fillRepeatsThePatternFromItsLowestByte() throws Exception {
        Completion completion = one(1, Descriptor.fill(4090, 20, 0x0807060504030201L));
        assertThat(completion).isEqualTo(new Completion(Status.SUCCESS, 20, 0, 0, 2, 2));
        assertThat(bytes(4090, 20)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4);
    }

    @Test
    void compareStopsAtTheFirstDifference() throws Exception {
        one(1, Descriptor.copy(100, 70_000, 9000));
        assertThat(one(1, Descriptor.compare(100, 70_000, 9000)).result()).isEqualTo(9000);
        memory.bytes().put(70_000 + 8191, (byte) ~memory.bytes().get(70_000 + 8191));
        Completion differs = one(1, Descriptor.compare(100, 70_000, 9000));
        assertThat(differs.status()).isEqualTo(Status.SUCCESS);
        assertThat(differs.result()).isEqualTo(8191);
    }

    @Test
    void checksumIsCrc32c() throws Exception {
        CRC32C expected = new CRC32C();
        expected.update(bytes(4000, 50_000));
        assertThat(one(4, Descriptor.crc32c(4000, 50_000)).result()).isEqualTo(expected.getValue());
        memory.bytes().put(0, "123456789".getBytes(StandardCharsets.US_ASCII));
        assertThat(one(1, Descriptor.crc32c(0, 9)).result()).isEqualTo(0xe3069283L);
    }

    @Test
    void s03_pagesOfAGroupAreAskedForTogetherWithOneLast() throws Exception {
        Completion completion = one(8, Descriptor.crc32c(0, 20 << 12));
        assertThat(completion.requests()).isEqualTo(20);
        assertThat(completion.groups()).isEqualTo(3);
        assertThat(unit.requests.stream().filter(Request::last).map(Request::address))
                .containsExactly(7L << 12, 15L << 12, 19L << 12);
        assertThat(unit.requests).allMatch(r -> r.permissions() == READ && r.pasid() == PASID);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 16})
    void s03_errorsStickAndAreVisibleWithTheAddressAndTheBytesDone(int groupSize) throws Exception {
        long start = (PAGES - 5L) << 12;
        Completion completion = one(groupSize, Descriptor.crc32c(start + 10, 10 << 12));
        CRC32C expected = new CRC32C();
        expected.update(bytes((int) start + 10, (5 << 12) - 10));
        assertThat(completion.status()).isEqualTo(Status.INVALID);
        assertThat(completion.faultAddress()).isEqualTo((long) PAGES << 12);
        assertThat(completion.bytes()).isEqualTo((5 << 12) - 10);
        assertThat(completion.result()).isEqualTo(expected.getValue());
        assertThat(completion.groups()).isPositive();
    }

    @Test
    void aPageWithoutMemoryIsSaid() throws Exception {
        unit.map(PASID, 1L << 40, READ | WRITE);
        Completion completion = one(1, Descriptor.copy(1L << 40, 0, 8));
        assertThat(completion).isEqualTo(new Completion(Status.NO_MEMORY, 0, 0, 1L << 40, 0, 0));
    }

    @Test
    void oneDescriptorThatFailsKeepsNoOtherFromBeingDone() throws Exception {
        List<Descriptor> batch = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            batch.add(Descriptor.fill(i % 2 == 0 ? (long) i << 12 : (long) (PAGES + i) << 12, 100, i));
        }
        List<Completion> completions = engine(4, 1).execute(batch);
        for (int i = 0; i < 40; i++) {
            assertThat(completions.get(i).status()).isEqualTo(i % 2 == 0 ? Status.SUCCESS : Status.INVALID);
            assertThat(completions.get(i).bytes()).isEqualTo(i % 2 == 0 ? 100 : 0);
        }
    }

    @Test
    void severalAccessesAreOutstandingAtOnce() throws Exception {
        unit.host = FakeUnit.Host.SILENT;
        DmaChannels engine = engine(4, 1);
        List<Descriptor> batch = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            batch.add(Descriptor.fill((long) i << 12, 8, 0));
        }
        ExecutorService caller = Executors.newSingleThreadExecutor();
        try {
            Future<List<Completion>> done = caller.submit(() -> engine.execute(batch));
            await().until(() -> unit.requests.size() == 4);
            engine.close();
            assertThat(done.get(10, TimeUnit.SECONDS))
                    .hasSize(6)
                    .allMatch(completion -> completion.status() == Status.DISCONNECTED);
        } finally {
            caller.shutdownNow();
        }
        assertThat(engine.execute(batch)).allMatch(completion -> completion.status() == Status.DISCONNECTED);
    }

    @Test
    void r06_whatIsWorkedOnWhenTheUnitGoesIsDisconnected() throws Exception {
        unit.host = (u, request) -> u.close();
        assertThat(one(1, Descriptor.fill(0, 8, 0)).status()).isEqualTo(Status.DISCONNECTED);
    }

    @Test
    void configurationErrorsNameTheDevice() {
        assertThatIllegalArgumentException().isThrownBy(() -> engine(0, 1)).withMessageContaining("dma0: channels");
        assertThatIllegalArgumentException().isThrownBy(() -> engine(1, 513)).withMessageContaining("dma0: group.size");
        StallingMaster stalls = new StallingMaster(new FakeUnit(), "dma1", 0x11, 8);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DmaChannels(stalls, memory, PASID, 1, 2))
                .withMessageContaining("dma1");
    }

    @Test
    void c21_unitThatThrowsAnError_costsTheEngineNoChannel() throws Exception {
        DmaChannels engine = engine(1, 1);
        unit.host = (from, request) -> {
            throw new NoClassDefFoundError("a bundle was refreshed");
        };
        List<Descriptor> batch = List.of(Descriptor.fill(0, 0x1000, 0));
        assertThatThrownBy(() -> engine.execute(batch))
                .isInstanceOf(IllegalStateException.class)
                .hasCauseInstanceOf(NoClassDefFoundError.class);
        unit.host = this::answer;
        assertThat(engine.execute(batch)).extracting(Completion::status).containsExactly(Status.SUCCESS);
    }
}
