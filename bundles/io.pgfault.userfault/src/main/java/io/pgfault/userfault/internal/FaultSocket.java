// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.userfault.internal.UserSpace.Grant;
import io.pgfault.userfault.spec.ResponseRecord;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A fault queue for user space: a socket, its one client, and the groups on their way to it and back.
 *
 * <p>The queue's thread waits in a selector, writes waiting groups until the client has as many outstanding groups as it
 * may, reads responses, and responds to the groups. Only the queue's thread uses the fields here; event threads and workers
 * use {@link WaitingGroups} and {@link UserSpace#walk}.
 *
 * <p>When a client goes, killed or not, what it had written is read to the end first; then its unanswered groups wait
 * again, in their old order and before all others, for the next client. A group that has waited for the grace time
 * without one is answered INVALID.
 */
final class FaultSocket implements Runnable, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(FaultSocket.class.getName());

    /** How often groups that others have answered are looked for when the client's share is used up. */
    private static final long SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** How often a client is read from at most before somebody else has a turn. */
    private static final int READS = 64;

    private static final long JOIN_MILLIS = 5_000;

    private final QueueSettings settings;
    private final WaitingGroups waiting;
    private final UserSpace space;
    private final Cookies cookies;
    private final ListeningSocket socket;
    private final Selector selector;
    private final SelectionKey listening;
    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final Client.Responses responses = this::answer;
    private final Runnable failed;
    private final Thread thread;
    private volatile boolean closing;
    private Client client;
    private long withoutClientSince = System.nanoTime();

    /**
     * Opens the socket; {@link #start} lets clients in.
     *
     * @param pages how many pages of the domain may be present
     * @param memory the memory behind them, if there is any
     * @param failed called once, by the queue's thread as its last act, if that thread ends without {@link #close}
     * @throws IOException if the socket can't be made; the message says why
     */
    FaultSocket(QueueSettings settings, int pages, Optional<MemoryFile> memory, Runnable failed) throws IOException {
        this.settings = settings;
        this.failed = failed;
        this.socket = new ListeningSocket(settings);
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

    /** The address space of the domain whose faults come here. */
    UserSpace space() {
        return space;
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
        long wait = expire(System.nanoTime());
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

    /** Answers what has waited for a client too long; returns how long to wait for the next, in ms, 0 for ever. */
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

    private void deliver() throws IOException {
        if (client == null) {
            return;
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
        SocketChannel channel = socket.channel().accept();
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
                // The old client may have been killed just now. Its last responses are read before the next client is
                // refused.
                receive(READS);
            }
            if (client != null) {
                refuse(channel, Refusal.BUSY);
                return;
            }
            client = new Client(channel, selector);
            taken = true;
            LOG.log(System.Logger.Level.DEBUG, "{0} has a client", this);
        } catch (IOException e) {
            // One client's channel is at fault, for example because its process is gone. The queue serves the next.
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
            LOG.log(System.Logger.Level.DEBUG, "a client that was refused has gone", e);
        }
    }

    private void receive(int reads) throws IOException {
        int read = 1;
        for (int i = 0; i < reads && read > 0; i++) {
            read = client.receive(responses);
        }
        if (read < 0) {
            leave();
        }
    }

    /** The client has gone: its groups are for the next one. */
    private void leave() throws IOException {
        if (client == null) {
            return;
        }
        client.close();
        client = null;
        withoutClientSince = System.nanoTime();
        FaultGroup[] unanswered = cookies.takeAll();
        waiting.putBack(withoutClientSince, unanswered);
        LOG.log(
                System.Logger.Level.DEBUG,
                "{0}: the client has gone and left {1} groups for the next",
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
        Grant grant = code == ResponseRecord.SUCCESS ? space.grant(group) : Grant.GRANTED;
        boolean success = code == ResponseRecord.SUCCESS && grant != Grant.NO_SPACE;
        if (!respond(group, success ? ResponseCode.SUCCESS : ResponseCode.INVALID)) {
            refused(Refusal.NOT_VALID, cookie, code);
        } else if (grant == Grant.NO_SPACE) {
            refused(Refusal.NO_SPACE, cookie, code);
        }
    }

    private void refused(Refusal refusal, int cookie, int code) {
        log.warning(() -> this + " refuses response " + Integer.toUnsignedString(code) + " to cookie "
                + Integer.toUnsignedString(cookie) + ": " + refusal.reason());
        if (cookie != 0 && !client.put(refusal, cookie, code)) {
            log.warning(() -> this + " can't tell its client, which doesn't read");
        }
    }

    // The end

    /** Everything is answered INVALID, and the socket goes. */
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
            LOG.log(System.Logger.Level.WARNING, this + " was not closed as it should be", e);
        }
    }

    private boolean answerInvalid(FaultGroup group) {
        return !group.answered() && respond(group, ResponseCode.INVALID);
    }

    /** Responds; what the unit throws at this border costs no other group its response (rule C21). */
    private boolean respond(FaultGroup group, ResponseCode code) {
        try {
            return group.respond(code);
        } catch (Throwable e) {
            log.error(() -> this + ": responding to a group failed; the other groups go on", e);
            return true;
        }
    }

    /** Ends the queue; when this returns every group has its answer. Idempotent. */
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
