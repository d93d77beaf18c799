// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.watch.DomainClient;
import io.pgfault.tck.handler.OfferedGroup;
import io.pgfault.userfault.internal.SocketClient.Fault;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol, seen from the client's end of the socket. */
class FaultSocketTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    @TempDir
    private Path folder;

    private final UserFaultHandler handler = new UserFaultHandler();
    private final List<FaultSocket> open = new ArrayList<>();
    /** How often the queue said that it failed. */
    private final AtomicInteger failures = new AtomicInteger();

    private FaultSocket queue;

    @AfterEach
    void closeQueues() {
        open.forEach(FaultSocket::close);
    }

    private Path path() {
        return folder.resolve("queue");
    }

    private QueueSettings settings(int inFlight, int waiting, Duration grace) {
        return new QueueSettings(
                "vm0", path(), QueueSettings.mode("vm0", "0600"), Set.of(), inFlight, waiting, grace.toNanos());
    }

    private void open(QueueSettings settings, int pages) throws IOException {
        queue = new FaultSocket(settings, pages, Optional.empty(), failures::incrementAndGet);
        open.add(queue);
        queue.start();
    }

    private void open(int inFlight, int waiting) throws IOException {
        open(settings(inFlight, waiting, LONG), 1000);
    }

    private SocketClient client() throws IOException {
        return new SocketClient(path());
    }

    /** A group that has been handed to the handler, which took it. */
    private OfferedGroup fault(int id, int pages) {
        OfferedGroup group = Groups.of(queue.space(), id, 0x1000L * id, pages);
        assertThat(handler.handle(group)).isEqualTo(Disposition.TAKEN);
        return group;
    }

    private static void awaitAnswer(OfferedGroup group, ResponseCode code) {
        await().untilAsserted(() -> assertThat(group.answer()).isEqualTo(code));
    }

    /** A driver whose classes have gone. */
    private static void refreshed() {
        throw new NoClassDefFoundError("a bundle was refreshed");
    }

    @Test
    void c21_unitThatThrowsAnError_costsNoOtherGroupItsAnswer() throws Exception {
        open(16, 16);
        OfferedGroup broken = fault(1, 1);
        broken.beforeAnswer(FaultSocketTest::refreshed);
        OfferedGroup next = fault(2, 1);
        OfferedGroup brokenAtTheEnd = fault(3, 1);
        brokenAtTheEnd.beforeAnswer(FaultSocketTest::refreshed);
        OfferedGroup last = fault(4, 1);
        try (SocketClient client = client()) {
            client.respond(1, SocketClient.SUCCESS);
            client.respond(2, SocketClient.SUCCESS);
            awaitAnswer(next, ResponseCode.SUCCESS);
            queue.close();
            assertThat(last.answer()).isEqualTo(ResponseCode.INVALID);
            assertThat(failures).hasValue(0);
        }
    }

    @Test
    void processWithoutADescriptor_acceptsTheClientLater() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        queue = new FaultSocket(
                settings(16, 16, LONG), 1000, Optional.empty(), failures::incrementAndGet, listening -> {
                    if (tries.incrementAndGet() <= 3) {
                        throw new IOException("Too many open files");
                    }
                    return listening.accept();
                });
        open.add(queue);
        queue.start();
        OfferedGroup group = fault(1, 1);
        try (SocketClient client = client()) {
            assertThat(client.next().cookie()).isEqualTo(1);
            client.respond(1, SocketClient.SUCCESS);
            awaitAnswer(group, ResponseCode.SUCCESS);
        }
        // The pauses keep the queue's thread from trying at once, over and over.
        assertThat(tries).hasValueLessThan(6);
        assertThat(failures).hasValue(0);
    }

    @Test
    void theQueueSaysWhetherItHasAClient() throws Exception {
        open(16, 16);
        DomainClient presence = queue.presence();
        assertThat(presence.domain()).isEqualTo("vm0");
        assertThat(presence.absentNanos()).isPositive();
        for (int i = 0; i < 2; i++) {
            try (SocketClient client = client()) {
                await().untilAsserted(() -> assertThat(presence.absentNanos()).isZero());
            }
            await().untilAsserted(() -> assertThat(presence.absentNanos()).isPositive());
        }
    }

    @Test
    void groupsComeWholeWithOneCookieFromOneOn() throws Exception {
        open(16, 16);
        fault(5, 3);
        fault(9, 1);
        try (SocketClient client = client()) {
            int rw = Permissions.READ | Permissions.WRITE;
            assertThat(client.next()).isEqualTo(new Fault(1, 0x10, Groups.PASID, 5, rw, 0x5000, 0, 1));
            assertThat(client.next()).isEqualTo(new Fault(1, 0x10, Groups.PASID, 5, rw, 0x6000, 0, 1));
            assertThat(client.next()).isEqualTo(new Fault(3, 0x10, Groups.PASID, 5, rw, 0x7000, 0, 1));
            assertThat(client.next()).isEqualTo(new Fault(3, 0x10, Groups.PASID, 9, rw, 0x9000, 0, 2));
        }
    }

    @Test
    void aGroupLargerThanTheBufferComesWholeToo() throws Exception {
        open(16, 16);
        fault(1, 5000);
        OfferedGroup second = fault(2, 1);
        try (SocketClient client = client()) {
            for (int i = 0; i < 5000; i++) {
                Fault fault = client.next();
                assertThat(fault.addr()).isEqualTo(0x1000L + 0x1000L * i);
                assertThat(fault.isLast()).isEqualTo(i == 4999);
                assertThat(fault.cookie()).isEqualTo(1);
            }
            assertThat(client.next().cookie()).isEqualTo(2);
            client.respond(2, SocketClient.SUCCESS);
            awaitAnswer(second, ResponseCode.SUCCESS);
        }
    }

    @Test
    void afterSuccessThePagesArePresentForWhatWasAsked() throws Exception {
        open(16, 16);
        OfferedGroup granted = fault(5, 2);
        OfferedGroup denied = fault(9, 1);
        try (SocketClient client = client()) {
            assertThat(queue.space().walk(0x5000)).isEqualTo(Translation.NONE);
            client.respond(2, SocketClient.INVALID);
            client.respond(1, SocketClient.SUCCESS);
            awaitAnswer(granted, ResponseCode.SUCCESS);
            awaitAnswer(denied, ResponseCode.INVALID);
            int rw = Permissions.READ | Permissions.WRITE;
            assertThat(queue.space().walk(0x5abc)).isEqualTo(Translation.of(0x5000, rw));
            assertThat(queue.space().walk(0x6000)).isEqualTo(Translation.of(0x6000, rw));
            assertThat(queue.space().walk(0x9000)).isEqualTo(Translation.NONE);
        }
    }

    @Test
    void c15_noMoreThanTheClientsShareIsInFlightAndNoMoreThanTheBoundWaits() throws Exception {
        open(2, 3);
        List<OfferedGroup> groups = new ArrayList<>();
        try (SocketClient client = client()) {
            for (int i = 1; i <= 2; i++) {
                groups.add(fault(i, 1));
                assertThat(client.next().cookie()).isEqualTo(i);
            }
            for (int i = 3; i <= 5; i++) {
                groups.add(fault(i, 1));
            }
            OfferedGroup excess = Groups.of(queue.space(), 6, 0x6000, 1);
            assertThat(handler.handle(excess)).isEqualTo(Disposition.DECLINED);

            // Back-pressure ends as the client answers; what waited comes in order.
            for (int i = 1; i <= 5; i++) {
                client.respond(i, SocketClient.SUCCESS);
                awaitAnswer(groups.get(i - 1), ResponseCode.SUCCESS);
                if (i <= 3) {
                    assertThat(client.next().grpid()).isEqualTo(i + 2);
                }
            }
            assertThat(excess.answer()).isNull();
        }
    }

    /** The deadline and a detach answer groups behind the queue's back; they don't keep others from being delivered. */
    @Test
    void c11_c19_groupsThatOthersAnsweredGiveTheirPlacesBack() throws Exception {
        open(1, 2);
        try (SocketClient client = client()) {
            OfferedGroup inFlight = fault(1, 1);
            assertThat(client.next().grpid()).isEqualTo(1);
            OfferedGroup waiting = fault(2, 1);
            inFlight.answeredByCore();
            waiting.answeredByCore();
            fault(3, 1);
            assertThat(client.next().grpid()).isEqualTo(3);

            client.respond(1, SocketClient.SUCCESS);
            assertThat(client.next()).isEqualTo(new Fault(0x80000002, 0, 0, 1, 0, 0, 22, 0));
            assertThat(inFlight.answer()).isEqualTo(ResponseCode.INVALID);
            assertThat(queue.space().walk(0x1000)).isEqualTo(Translation.NONE);
        }
    }

    @Test
    void unknownCookiesAreRefusedAndReportedAndHarmNobody() throws Exception {
        open(16, 16);
        OfferedGroup group = fault(5, 1);
        try (SocketClient client = client()) {
            assertThat(client.next().cookie()).isEqualTo(1);
            client.respond(77, SocketClient.SUCCESS);
            assertThat(client.next()).isEqualTo(new Fault(0x80000002, 0, 0, 77, 0, 0, 22, 0));
            client.respond(1, SocketClient.SUCCESS);
            awaitAnswer(group, ResponseCode.SUCCESS);
            // Twice is once too often.
            client.respond(1, SocketClient.INVALID);
            assertThat(client.next()).isEqualTo(new Fault(0x80000002, 0, 0, 1, 1, 0, 22, 0));
            assertThat(group.answer()).isEqualTo(ResponseCode.SUCCESS);
            assertThat(group.given()).hasSize(1);
        }
    }

    @Test
    void anUnknownCodeLeavesTheCookieOutstanding() throws Exception {
        open(16, 16);
        OfferedGroup group = fault(5, 1);
        try (SocketClient client = client()) {
            client.next();
            client.respond(1, 2);
            assertThat(client.next()).isEqualTo(new Fault(0x80000002, 0, 0, 1, 2, 0, 22, 0));
            assertThat(group.answer()).isNull();
            client.respond(1, SocketClient.INVALID);
            awaitAnswer(group, ResponseCode.INVALID);
        }
    }

    /** A client that takes a refusal for a fault answers cookie 0; that ends there. */
    @Test
    void cookieZeroIsNotReported() throws Exception {
        open(16, 16);
        try (SocketClient client = client()) {
            client.respond(0, SocketClient.SUCCESS);
            client.respond(99, SocketClient.SUCCESS);
            assertThat(client.next().grpid()).isEqualTo(99);
        }
    }

    @Test
    void partOfAResponseWaitsForItsRest() throws Exception {
        open(16, 16);
        OfferedGroup first = fault(5, 1);
        OfferedGroup second = fault(6, 1);
        try (SocketClient client = client()) {
            client.next();
            client.next();
            ByteBuffer two = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
            two.putInt(1)
                    .putInt(SocketClient.SUCCESS)
                    .putInt(2)
                    .putInt(SocketClient.INVALID)
                    .flip();
            client.write(two.duplicate().limit(11));
            awaitAnswer(first, ResponseCode.SUCCESS);
            assertThat(second.answer()).isNull();
            client.write(two.duplicate().position(11));
            awaitAnswer(second, ResponseCode.INVALID);
        }
    }

    @Test
    void c15_aSuccessForMorePagesThanMayBePresentIsRefused() throws Exception {
        open(settings(16, 16, LONG), 2);
        OfferedGroup fits = fault(1, 2);
        OfferedGroup excess = fault(9, 1);
        try (SocketClient client = client()) {
            for (int i = 0; i < 3; i++) {
                client.next();
            }
            client.respond(1, SocketClient.SUCCESS);
            client.respond(2, SocketClient.SUCCESS);
            assertThat(client.next()).isEqualTo(new Fault(0x80000002, 0, 0, 2, 0, 0, 28, 0));
            awaitAnswer(fits, ResponseCode.SUCCESS);
            awaitAnswer(excess, ResponseCode.INVALID);
        }
    }

    @Test
    void aSecondClientIsToldThatTheQueueIsBusy() throws Exception {
        open(16, 16);
        try (SocketClient client = client()) {
            fault(5, 1);
            client.next();
            try (SocketClient second = client()) {
                Fault refusal = second.next();
                assertThat(refusal.isRefusal()).isTrue();
                assertThat(refusal.length()).as("EBUSY").isEqualTo(16);
                assertThatThrownBy(second::next).isInstanceOf(EOFException.class);
            }
            fault(6, 1);
            assertThat(client.next().grpid()).as("the first one goes on").isEqualTo(6);
        }
    }

    @Test
    void aStrangerIsToldThatItMayNotConnect() throws Exception {
        QueueSettings own = settings(16, 16, LONG);
        open(
                new QueueSettings("vm0", path(), own.mode(), Set.of("nobody-of-this-name"), 16, 16, own.graceNanos()),
                1000);
        fault(5, 1);
        try (SocketClient client = client()) {
            Fault refusal = client.next();
            assertThat(refusal.isRefusal()).isTrue();
            assertThat(refusal.length()).as("EPERM").isEqualTo(1);
            assertThatThrownBy(client::next).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void r03_theNextClientGetsWhatTheFirstOneLeftInOrderAndFirst() throws Exception {
        open(3, 16);
        List<OfferedGroup> groups = new ArrayList<>();
        try (SocketClient first = client()) {
            for (int i = 1; i <= 5; i++) {
                groups.add(fault(i, 2));
            }
            for (int i = 0; i < 6; i++) {
                first.next();
            }
            first.respond(2, SocketClient.SUCCESS);
            awaitAnswer(groups.get(1), ResponseCode.SUCCESS);
        }
        try (SocketClient second = client()) {
            List<Integer> order = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Fault first = second.next();
                Fault last = second.next();
                assertThat(first.isLast()).isFalse();
                assertThat(last.isLast()).isTrue();
                assertThat(last.cookie()).isEqualTo(first.cookie()).isGreaterThan(3);
                order.add(last.grpid());
                second.respond(last.cookie(), SocketClient.SUCCESS);
            }
            assertThat(order).containsExactly(1, 3, 4, 5);
        }
        groups.forEach(group -> awaitAnswer(group, ResponseCode.SUCCESS));
        assertThat(groups).allMatch(group -> group.given().size() == 1);
    }

    /** What a client had written before it was killed counts. */
    @Test
    void r03_theLastWordsOfAClientThatGoesAreHeard() throws Exception {
        open(16, 16);
        OfferedGroup group = fault(5, 1);
        OfferedGroup unread = fault(6, 1);
        try (SocketClient client = client()) {
            client.next();
            client.respond(1, SocketClient.SUCCESS);
        }
        awaitAnswer(group, ResponseCode.SUCCESS);
        assertThat(unread.answer()).isNull();
    }

    @Test
    void r03_withoutAClientGroupsAreInvalidAfterTheGraceTime() throws Exception {
        Duration grace = Duration.ofMillis(300);
        open(settings(16, 16, grace), 1000);
        long opened = System.nanoTime();
        OfferedGroup early = fault(1, 1);
        awaitAnswer(early, ResponseCode.INVALID);
        assertThat(Duration.ofNanos(System.nanoTime() - opened)).isGreaterThanOrEqualTo(grace);

        OfferedGroup left;
        try (SocketClient client = client()) {
            left = fault(2, 1);
            client.next();
        }
        awaitAnswer(left, ResponseCode.INVALID);
    }

    @Test
    void theQueueDestroyedEverythingIsInvalid() throws Exception {
        open(1, 16);
        try (SocketClient client = client()) {
            OfferedGroup inFlight = fault(1, 1);
            client.next();
            OfferedGroup waiting = fault(2, 1);
            OfferedGroup answered = fault(3, 1);
            answered.answeredByCore();

            queue.close();

            assertThat(inFlight.answer()).isEqualTo(ResponseCode.INVALID);
            assertThat(waiting.answer()).isEqualTo(ResponseCode.INVALID);
            assertThat(answered.given()).hasSize(1);
            assertThat(handler.handle(Groups.of(queue.space(), 4, 0, 1))).isEqualTo(Disposition.DECLINED);
            assertThatThrownBy(client::next).isInstanceOf(EOFException.class);
            assertThat(path()).doesNotExist();
        }
        queue.close();
    }

    @Test
    void theSocketHasItsMode() throws Exception {
        open(16, 16);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(QueueSettings.mode("vm0", "660")))
                .isEqualTo("rw-rw----");
        assertThatThrownBy(() -> QueueSettings.mode("vm0", "rw")).hasMessageContaining("0600");
        assertThatThrownBy(() -> QueueSettings.mode("vm0", "1777")).hasMessageContaining("0777");
    }

    @Test
    void aSocketThatAKilledProcessLeftIsReplaced() throws Exception {
        try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            left.bind(UnixDomainSocketAddress.of(path()));
        }
        assertThat(path()).exists();
        open(16, 16);
        fault(1, 1);
        try (SocketClient client = client()) {
            assertThat(client.next().grpid()).isEqualTo(1);
        }
    }

    @Test
    void nobodysFileAndNobodysSocketIsTakenAway() throws Exception {
        Files.writeString(path(), "mine");
        assertThatThrownBy(() -> open(16, 16)).isInstanceOf(IOException.class).hasMessageContaining("no socket");
        assertThat(path()).hasContent("mine");
        Files.delete(path());

        open(16, 16);
        assertThatThrownBy(() -> new FaultSocket(settings(16, 16, LONG), 10, Optional.empty(), () -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a process listens there");
        try (SocketClient client = client()) {
            fault(1, 1);
            assertThat(client.next().grpid()).isEqualTo(1);
        }

        assertThatThrownBy(() -> new FaultSocket(
                        new QueueSettings(
                                "vm0",
                                folder.resolve("none").resolve("queue"),
                                QueueSettings.mode("vm0", "0600"),
                                Set.of(),
                                1,
                                1,
                                0),
                        1,
                        Optional.empty(),
                        () -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a folder that exists");
    }

    /** The client reads nothing until the buffers are full; then it reads, and every group arrives whole. */
    @Test
    void aClientThatReadsLateGetsEverything() throws Exception {
        open(20_000, 20_000);
        try (SocketClient client = client()) {
            List<OfferedGroup> groups = new ArrayList<>();
            for (int i = 1; i <= 15_000; i++) {
                groups.add(fault(i, 1));
            }
            for (int i = 1; i <= 15_000; i++) {
                Fault fault = client.next();
                assertThat(fault.grpid()).isEqualTo(i);
                client.respond(fault.cookie(), SocketClient.INVALID);
            }
            await().until(() -> groups.stream().allMatch(group -> group.answer() == ResponseCode.INVALID));
        }
    }
}
