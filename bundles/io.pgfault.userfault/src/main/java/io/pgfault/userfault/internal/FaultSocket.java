// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.socket.ListeningSocket;
import io.pgfault.userfault.internal.UserSpace.Grant;
import io.pgfault.userfault.internal.memory.MemoryFile;
import io.pgfault.userfault.internal.nest.ControlRequest;
import io.pgfault.userfault.internal.nest.ControlRequest.Ack;
import io.pgfault.userfault.internal.nest.ControlThread;
import io.pgfault.userfault.spec.ResponseRecord;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A fault queue for user space: a socket, its one client, the groups that wait for the client, and the groups that the
 * client has not answered.
 *
 * <p>The queue's thread ({@code io-pgfault-user-<queue>}) waits in a selector, writes waiting groups until the client
 * has its bound of unanswered groups, reads responses, and responds to the groups. Event threads and workers use {@link
 * WaitingGroups} and {@link UserSpace#walk} only.
 *
 * <p>After a client has disconnected, the queue's thread reads the client's last responses first. Then the client's
 * unanswered groups wait for the next client, in their old order and before all other groups. The queue's thread
 * answers a group INVALID that has waited for the grace time without a client.
 *
 * <p>A process without a free descriptor can't accept a client ({@code EMFILE}). The queue's thread then leaves the
 * listening socket alone for {@value #ACCEPT_PAUSE_MILLIS} ms, because the selector would report the same client at
 * once, and serves its present client meanwhile.
 */
final class FaultSocket implements Runnable, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(FaultSocket.class.getName());

    /** The interval at which the queue's thread drops groups that a deadline or a detach has answered. */
    private static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** The most reads from a client before the queue's thread closes the client's channel. */
    private static final int READS = 64;

    /** The pause after an accept that failed. */
    private static final long ACCEPT_PAUSE_MILLIS = 100;

    private static final long JOIN_MILLIS = 5_000;

    /** Error number: as many control records as may be are not acknowledged. */
    private static final int EAGAIN = 11;

    /** Error number: a control record's data is too long. */
    private static final int EMSGSIZE = 90;

    private final QueueSettings settings;
    private final WaitingGroups waiting;
    private final UserSpace space;
    private final Cookies cookies;
    private final ClientPresence presence;
    private final ListeningSocket socket;
    private final Selector selector;
    private final SelectionKey listening;
    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final Incoming.Sink incoming = new Records();
    private final Accept accept;
    private final Runnable failed;
    private final Thread thread;
    /** Set by the thread that closes the queue; the queue's thread reads it before each turn. */
    private volatile boolean closing;
    /** The client, null without one. Only the queue's thread reads and writes this field and the next three. */
    private Client client;
    /** The time at which the last client left, or of construction. */
    private long withoutClientSince = System.nanoTime();
    /**
     * Does what control records ask for; null if the queue takes none. Written before the thread starts.
     */
    private ControlThread control;
    /** Whether the control thread has been told that no client came within the grace time. */
    private boolean graceToldToControl = true;
    /** Whether the thread leaves the listening socket alone. */
    private boolean acceptPaused;
    /** The time at which the pause ends. */
    private long acceptAgainAt;

    /**
     * Opens the socket. Clients are served after {@link #start}.
     *
     * @param pages the bound of present pages of the domain
     * @param memory the memory of the pages, empty without memory
     * @param failed called once, by the queue's thread as its last act, if that thread ends without {@link #close}
     * @throws IOException if the socket can't be made; the message says why
     */
    FaultSocket(QueueSettings settings, int pages, Optional<MemoryFile> memory, Runnable failed) throws IOException {
        this(settings, pages, memory, failed, ServerSocketChannel::accept);
    }

    /** As the other constructor; tests pass an {@code accept} that fails. */
    FaultSocket(QueueSettings settings, int pages, Optional<MemoryFile> memory, Runnable failed, Accept accept)
            throws IOException {
        this.settings = settings;
        this.presence = new ClientPresence(settings.name());
        this.accept = accept;
        this.failed = failed;
        this.socket = new ListeningSocket(settings.socket(), settings.mode(), settings.peers());
        Selector opened = null;
        SelectionKey registered = null;
        try {
            opened = Selector.open();
            registered = socket.channel().register(opened, SelectionKey.OP_ACCEPT);
        } finally {
            if (registered == null) {
                socket.close();
                if (opened != null) {
                    opened.close();
                }
            }
        }
        this.selector = opened;
        this.listening = registered;
        this.waiting = new WaitingGroups(settings.waiting(), settings.inFlight(), selector::wakeup);
        this.space = new UserSpace(settings.name(), waiting, pages, memory);
        this.cookies = new Cookies(settings.inFlight());
        this.thread = new Thread(this, "io-pgfault-user-" + settings.name());
        thread.setDaemon(true);
    }

    /** Accepts a client that has connected. */
    @FunctionalInterface
    interface Accept {
        SocketChannel from(ServerSocketChannel listening) throws IOException;
    }

    /** The address space of the domain whose faults this queue passes to its client. */
    UserSpace space() {
        return space;
    }

    /** Whether the queue has a client. */
    ClientPresence presence() {
        return presence;
    }

    /** Takes control records from now on; before {@link #start}. */
    void takeControlRecords(ControlThread executor) {
        control = executor;
    }

    /** Has the queue's thread look for acknowledgements. Any thread. */
    void wakeUp() {
        selector.wakeup();
    }

    void start() {
        thread.start();
    }

    @Override
    public void run() {
        try {
            while (!closing) {
                turn();
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    this + " failed; its groups are answered INVALID and its domain leaves, configure it again",
                    e);
        } finally {
            end();
            if (!closing) {
                failed.run();
            }
        }
    }

    private void turn() throws IOException {
        long now = System.nanoTime();
        long wait = earlier(earlier(expire(now), expireFirstStages(now)), resumeAccepting(now));
        deliver();
        boolean takes = client != null && !client.isBlocked() && !cookies.isFull();
        if (!waiting.sleep(takes)) {
            selector.selectNow();
        } else if (client == null || waiting.isEmpty()) {
            selector.select(wait);
        } else if (selector.select(TimeUnit.NANOSECONDS.toMillis(SWEEP_NANOS)) == 0) {
            cookies.forgetAnswered();
            waiting.purge();
        }
        Set<SelectionKey> ready = selector.selectedKeys();
        if (client != null && ready.contains(client.key())) {
            receive(1);
        }
        if (ready.contains(listening)) {
            accept();
        }
        ready.clear();
    }

    /** The shorter of two waits in ms, where 0 is for ever. */
    private static long earlier(long one, long other) {
        return one == 0 || other == 0 ? one + other : Math.min(one, other);
    }

    /**
     * Ends a pause of the listening socket when its time has come; returns the rest of the pause in ms, 0 without one.
     */
    private long resumeAccepting(long now) {
        if (!acceptPaused) {
            return 0;
        }
        if (now - acceptAgainAt >= 0) {
            acceptPaused = false;
            listening.interestOps(SelectionKey.OP_ACCEPT);
            return 0;
        }
        return TimeUnit.NANOSECONDS.toMillis(acceptAgainAt - now) + 1;
    }

    /**
     * Answers the groups that have waited too long for a client; returns the time to the next such group in ms, 0 for
     * ever.
     */
    private long expire(long now) {
        if (client != null) {
            return 0;
        }
        long grace = settings.graceNanos();
        int expired = 0;
        if (now - withoutClientSince >= grace) {
            for (FaultGroup group = waiting.pollSince(now - grace);
                    group != null;
                    group = waiting.pollSince(now - grace)) {
                expired += answerInvalid(group) ? 1 : 0;
            }
        }
        if (expired > 0) {
            int count = expired;
            log.warning(() -> this + " has had no client for " + TimeUnit.NANOSECONDS.toMillis(grace) + " ms: " + count
                    + " groups answered INVALID");
        }
        if (waiting.isEmpty()) {
            return 0;
        }
        long since = waiting.headSince() - withoutClientSince > 0 ? waiting.headSince() : withoutClientSince;
        return Math.max(1, TimeUnit.NANOSECONDS.toMillis(since + grace - now) + 1);
    }

    /**
     * Has the client's first stages detached after the grace time; returns the time to that in ms, 0 for ever.
     */
    private long expireFirstStages(long now) {
        if (control == null || client != null || graceToldToControl) {
            return 0;
        }
        long left = withoutClientSince + settings.graceNanos() - now;
        if (left > 0) {
            return TimeUnit.NANOSECONDS.toMillis(left) + 1;
        }
        graceToldToControl = true;
        control.graceOver();
        return 0;
    }

    private void deliver() throws IOException {
        if (client == null) {
            return;
        }
        if (control != null) {
            for (Ack ack = control.peek(); ack != null && client.put(ack); ack = control.peek()) {
                control.taken();
            }
        }
        while (!cookies.isFull()) {
            FaultGroup group = waiting.poll();
            if (group == null) {
                break;
            }
            if (group.answered()) {
                continue;
            }
            if (!client.makeRoom(group.size())) {
                waiting.putBack(System.nanoTime(), group);
                break;
            }
            int cookie = cookies.add(group);
            if (!client.put(group, cookie)) {
                cookies.remove(cookie);
            }
        }
        client.flush();
        if (client.readsNoMore()) {
            receive(READS);
            leave();
        }
    }

    // The client

    private void accept() throws IOException {
        SocketChannel channel;
        try {
            channel = accept.from(socket.channel());
        } catch (IOException e) {
            log.warning(
                    () -> this + " could not accept a client and tries again in " + ACCEPT_PAUSE_MILLIS
                            + " ms; if too many files are open, raise the limit of open files of this process",
                    e);
            acceptPaused = true;
            acceptAgainAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ACCEPT_PAUSE_MILLIS);
            listening.interestOps(0);
            return;
        }
        if (channel == null) {
            return;
        }
        boolean taken = false;
        try {
            if (!socket.permits(channel)) {
                refuse(channel, Refusal.NOT_PERMITTED);
                return;
            }
            if (client != null) {
                // The old client may have disconnected just now: this thread reads its last responses first, and learns
                // so.
                receive(READS);
            }
            if (client != null) {
                refuse(channel, Refusal.BUSY);
                return;
            }
            client = new Client(channel, selector, control != null);
            taken = true;
            presence.came();
            LOG.log(System.Logger.Level.DEBUG, "{0} has a client", this);
        } catch (IOException e) {
            // One client's channel failed, for example because its process has ended. The queue serves the next client.
            log.warning(() -> this + " could not take a client", e);
        } finally {
            if (!taken) {
                channel.close();
            }
        }
    }

    private void refuse(SocketChannel channel, Refusal refusal) {
        log.warning(() -> this + " refuses a client: " + refusal.reason());
        try {
            channel.write(refusal.record());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a refused client has disconnected", e);
        }
    }

    private void receive(int reads) throws IOException {
        int read = 1;
        for (int i = 0; i < reads && read > 0; i++) {
            read = client.receive(incoming);
        }
        if (read < 0) {
            leave();
        }
    }

    /** Closes the client's channel and puts the client's unanswered groups back for the next client. */
    private void leave() throws IOException {
        if (client == null) {
            return;
        }
        client.close();
        client = null;
        withoutClientSince = System.nanoTime();
        presence.left(withoutClientSince);
        if (control != null) {
            control.clientLeft();
            graceToldToControl = false;
        }
        FaultGroup[] unanswered = cookies.takeAll();
        waiting.putBack(withoutClientSince, unanswered);
        LOG.log(
                System.Logger.Level.DEBUG,
                "{0}: the client has disconnected and left {1} groups for the next client",
                this,
                unanswered.length);
    }

    private void answer(int cookie, int code) {
        FaultGroup group = cookies.get(cookie);
        if (group == null || (code != ResponseRecord.SUCCESS && code != ResponseRecord.INVALID)) {
            refused(Refusal.NOT_VALID, cookie, code);
            return;
        }
        cookies.remove(cookie);
        Grant grant = code == ResponseRecord.SUCCESS ? grant(group) : Grant.GRANTED;
        boolean success = code == ResponseRecord.SUCCESS && grant != Grant.NO_SPACE;
        if (!respond(group, success ? ResponseCode.SUCCESS : ResponseCode.INVALID)) {
            refused(Refusal.NOT_VALID, cookie, code);
        } else if (grant == Grant.NO_SPACE) {
            refused(Refusal.NO_SPACE, cookie, code);
        }
    }

    /** Makes the pages of a group present, unless the client has a first stage there and has done so itself. */
    private Grant grant(FaultGroup group) {
        return group.domain().pageTable() == space ? space.grant(group) : Grant.GRANTED;
    }

    /** What the client writes. */
    private final class Records implements Incoming.Sink {
        @Override
        public void response(int cookie, int code) {
            answer(cookie, code);
        }

        @Override
        public void control(ControlRequest request) {
            if (!control.submit(request)) {
                acknowledge(request.token(), request.op(), EAGAIN);
            }
        }

        @Override
        public void tooLong(int token, int op) {
            acknowledge(token, op, EMSGSIZE);
        }

        private void acknowledge(int token, int op, int errno) {
            log.warning(() -> FaultSocket.this + " refuses control record " + Integer.toUnsignedString(token) + ": "
                    + (errno == EAGAIN ? ControlThread.BOUND + " are not acknowledged" : "its data is too long"));
            if (!client.put(new Ack(token, op, 0, errno))) {
                log.warning(() -> FaultSocket.this + " can't report that, because its client doesn't read");
            }
        }
    }

    private void refused(Refusal refusal, int cookie, int code) {
        log.warning(() -> this + " refuses response " + Integer.toUnsignedString(code) + " to cookie "
                + Integer.toUnsignedString(cookie) + ": " + refusal.reason());
        if (cookie != 0 && !client.put(refusal, cookie, code)) {
            log.warning(() -> this + " can't report the refusal, because its client doesn't read");
        }
    }

    // The end

    /** Answers every group INVALID, then closes the socket, the client and the selector. */
    private void end() {
        waiting.close();
        for (FaultGroup group : cookies.takeAll()) {
            answerInvalid(group);
        }
        for (FaultGroup group = waiting.poll(); group != null; group = waiting.poll()) {
            answerInvalid(group);
        }
        socket.close();
        try {
            if (client != null) {
                client.close();
            }
            selector.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, this + " could not be closed properly", e);
        }
    }

    private boolean answerInvalid(FaultGroup group) {
        return !group.answered() && respond(group, ResponseCode.INVALID);
    }

    /** Responds. An {@code Error} of the unit costs no other group its response (rule C21). */
    private boolean respond(FaultGroup group, ResponseCode code) {
        try {
            return group.respond(code);
        } catch (Throwable e) {
            log.error(() -> this + ": responding to a group failed; the other groups go on", e);
            return true;
        }
    }

    /** Ends the queue. Every group has its answer when this method returns. Idempotent. */
    @Override
    public void close() {
        closing = true;
        waiting.close();
        if (thread.getState() == Thread.State.NEW) {
            end();
            return;
        }
        selector.wakeup();
        try {
            thread.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "interrupted while " + this + " ends", e);
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "the fault queue of domain " + settings.name() + " at " + settings.socket();
    }
}
