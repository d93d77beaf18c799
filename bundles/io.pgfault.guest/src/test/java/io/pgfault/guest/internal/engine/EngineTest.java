// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Device;
import io.pgfault.api.Permissions;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Completion.Status;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.api.dma.DmaEngine;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guest's requests reach the host's engine, and the engine's completions the guest. */
@Timeout(60)
class EngineTest {
    private static final int PASID = 7;

    @TempDir
    private Path folder;

    private final FakeEngine engine = new FakeEngine();
    private Path socket;
    private EngineServer server;

    @BeforeEach
    void serve() throws IOException {
        socket = folder.resolve("engine.sock");
        server = new EngineServer(engine, socket);
    }

    @AfterEach
    void close() {
        engine.go.countDown();
        server.close();
    }

    @Test
    void everyOperationArrivesAsItWasAsked_andItsCompletionComesBack() throws Exception {
        engine.go.countDown();
        List<Descriptor> batch = List.of(
                Descriptor.copy(0x1000, 0x2000, 3),
                Descriptor.fill(0xffff_ffff_f000L, 4, 0x0123_4567_89ab_cdefL),
                Descriptor.compare(1, 2, 0),
                Descriptor.crc32c(0x7fff_0000, Long.MAX_VALUE));
        try (EngineClient client = new EngineClient("dma0", socket)) {
            assertThat(client.pasid()).isEqualTo(PASID);
            // The fake engine answers with the descriptor's length and addresses.
            assertThat(client.execute(batch))
                    .containsExactlyElementsOf(
                            batch.stream().map(FakeEngine::completion).toList());
        }
        assertThat(engine.done).containsExactlyInAnyOrderElementsOf(batch);
    }

    @Test
    void anAccess_hasItsOutcomeAndItsRequests() throws Exception {
        try (EngineClient client = new EngineClient("dma0", socket)) {
            assertThat(client.access(0x1000, Permissions.WRITE)).isEqualTo(new Access(Outcome.DONE, 3));
            assertThat(client.access(0x2000, Permissions.READ)).isEqualTo(new Access(Outcome.INVALID, 1));
        }
    }

    @Test
    void c09_whenTheHostGoes_everyRequestEndsDisconnected() throws Exception {
        try (EngineClient client = new EngineClient("dma0", socket)) {
            CompletableFuture<List<Completion>> waiting = CompletableFuture.supplyAsync(() -> {
                try {
                    return client.execute(List.of(Descriptor.copy(1, 2, 3)));
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(engine.asked.await(30, TimeUnit.SECONDS)).isTrue();
            server.close();
            assertThat(waiting.get(30, TimeUnit.SECONDS))
                    .extracting(Completion::status)
                    .containsExactly(Status.DISCONNECTED);
            assertThat(client.execute(List.of(Descriptor.copy(1, 2, 3))))
                    .extracting(Completion::status)
                    .containsExactly(Status.DISCONNECTED);
        }
    }

    @Test
    void n04_aMalformedRequestIsRefused_andTheNextOneIsServed() throws Exception {
        try (SocketChannel raw = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            Messages messages = new Messages(raw);
            assertThat(messages.read(ByteBuffer.allocate(Long.BYTES))).isTrue();
            ByteBuffer reply = ByteBuffer.allocate(Reply.SIZE);
            for (Request malformed : List.of(new Request(1, 99, 0, 0, 0, 0, 0), new Request(1, 0, 0, 0, 0, -1, 0))) {
                messages.write(malformed.encode());
                assertThat(messages.read(reply)).isTrue();
                assertThat(Reply.decode(reply)).isEqualTo(Reply.malformed(1));
            }
            messages.write(Request.access(2, 0x1000, Permissions.READ).encode());
            assertThat(messages.read(reply)).isTrue();
            assertThat(Reply.decode(reply).completion().status()).isEqualTo(Status.SUCCESS);
        }
        assertThatThrownBy(() -> Reply.malformed(1).completion()).hasMessageContaining("of one version");
    }

    @Test
    void aGuestThatComesBack_isServed() throws Exception {
        engine.go.countDown();
        for (int i = 0; i < 3; i++) {
            try (EngineClient client = new EngineClient("dma0", socket)) {
                assertThat(client.execute(List.of(Descriptor.copy(i, i, i))))
                        .extracting(Completion::status)
                        .containsExactly(Status.SUCCESS);
            }
        }
    }

    /** What the guest before asked for goes on in the memory of that guest only. */
    @Test
    void n04_theNextGuestIsServed_whenTheRequestsOfTheGuestBeforeHaveEnded() throws Exception {
        EngineClient before = new EngineClient("dma0", socket);
        CompletableFuture<?> asked = CompletableFuture.runAsync(() -> {
            try {
                before.execute(List.of(Descriptor.copy(1, 2, 3)));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(engine.asked.await(30, TimeUnit.SECONDS)).isTrue();
        before.close();
        asked.get(30, TimeUnit.SECONDS);
        CompletableFuture<Integer> greeted = CompletableFuture.supplyAsync(() -> {
            try (EngineClient next = new EngineClient("dma0", socket)) {
                return engine.done.size();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        await().until(EngineTest::isServerWaiting);
        assertThat(greeted).isNotDone();
        engine.go.countDown();
        assertThat(greeted.get(30, TimeUnit.SECONDS)).isEqualTo(1);
    }

    private static boolean isServerWaiting() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> thread.getKey().getName().equals("io-pgfault-engine-dma0"))
                .flatMap(thread -> Arrays.stream(thread.getValue()))
                .anyMatch(frame -> frame.getMethodName().equals("acquire"));
    }

    @Test
    void aFileThatIsNoSocket_stays() throws Exception {
        Path file = Files.writeString(folder.resolve("notes.txt"), "precious");
        assertThatThrownBy(() -> new EngineServer(engine, file))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("notes.txt", "no socket");
        assertThat(file).hasContent("precious");
    }

    @Test
    void withoutAHost_theMessageSaysWhatToDo() {
        assertThatThrownBy(() -> new EngineClient("dma0", folder.resolve("none.sock")))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("dma0", "none.sock", "start the host first");
    }

    /** Waits with each batch until {@code go}, and answers from the descriptor. */
    private static final class FakeEngine implements DmaEngine {
        final CountDownLatch go = new CountDownLatch(1);
        final CountDownLatch asked = new CountDownLatch(1);
        final List<Descriptor> done = java.util.Collections.synchronizedList(new ArrayList<>());

        static Completion completion(Descriptor d) {
            return new Completion(Status.SUCCESS, d.length(), d.pattern(), 0, d.source(), d.destination());
        }

        @Override
        public List<Completion> execute(List<Descriptor> batch) throws InterruptedException {
            asked.countDown();
            go.await();
            done.addAll(batch);
            return batch.stream().map(FakeEngine::completion).toList();
        }

        @Override
        public Access access(int pasid, long address, int permissions) {
            boolean there = pasid == PASID && address == 0x1000;
            return there ? new Access(Outcome.DONE, 3) : new Access(Outcome.INVALID, 1);
        }

        @Override
        public String name() {
            return "dma0";
        }

        @Override
        public Device device() {
            throw new UnsupportedOperationException("device");
        }

        @Override
        public int pasid() {
            return PASID;
        }
    }
}
