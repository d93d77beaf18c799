// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.socket.ListeningSocket;
import io.pgfault.userfault.internal.nest.EventRing;
import io.pgfault.userfault.spec.EventHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * The socket of a queue's unrecoverable events (rule N08), with a thread of its own ({@code
 * io-pgfault-user-<queue>-events}). The socket has one client at a time; a second one waits until the first has gone.
 * Events that arrive while there is no client wait in the {@link EventRing}. If a client leaves an event unread, the
 * number of the next event shows the gap.
 */
final class EventSocket implements Runnable, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EventSocket.class.getName());
    private static final long JOIN_MILLIS = 5_000;
    private static final long PAUSE_MILLIS = 100;
    private static final int RECORD = EventHeader.SIZE + EventHeader.EVENT_SIZE;

    private final String name;
    private final ListeningSocket socket;
    private final Selector selector;
    private final SelectionKey listening;
    private final EventRing ring;
    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final Thread thread;
    /**
     * The bytes of the present event that are not written yet. Only this socket's thread uses this field and the fields
     * below.
     */
    private final ByteBuffer out = ByteBuffer.allocateDirect(RECORD).order(ByteOrder.LITTLE_ENDIAN);

    private final ByteBuffer ignored = ByteBuffer.allocateDirect(1024);
    /** Whether the client has got a part of the event in {@code out}. */
    private boolean begun;
    /** The client, null without one. */
    private SocketChannel client;
    /** Set by the thread that closes; this socket's thread reads it before each turn. */
    private volatile boolean closing;

    /**
     * Opens the socket.
     *
     * @param depth the bound of events that wait
     * @throws IOException if the socket can't be made; the message says why
     */
    EventSocket(QueueSettings settings, java.nio.file.Path path, int depth) throws IOException {
        this.name = settings.name();
        this.socket = new ListeningSocket(path, settings.mode(), settings.peers());
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
        this.ring = new EventRing(depth, selector::wakeup);
        this.thread = new Thread(this, "io-pgfault-user-" + name + "-events");
        thread.setDaemon(true);
    }

    /** Where units put events. */
    EventRing ring() {
        return ring;
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
            LOG.log(System.Logger.Level.ERROR, "the events of domain " + name + " reach no client any more", e);
        } finally {
            end();
        }
    }

    private void turn() throws IOException {
        if (client == null) {
            accept();
        }
        deliver();
        SelectionKey key = client == null ? null : client.keyFor(selector);
        listening.interestOps(client == null ? SelectionKey.OP_ACCEPT : 0);
        if (key != null) {
            key.interestOps(SelectionKey.OP_READ | (out.position() > 0 ? SelectionKey.OP_WRITE : 0));
        }
        selector.select();
        if (key != null && selector.selectedKeys().contains(key) && key.isReadable() && hasEnded()) {
            leave();
        }
        selector.selectedKeys().clear();
    }

    private void accept() {
        SocketChannel channel = null;
        try {
            channel = socket.channel().accept();
            if (channel != null && socket.permits(channel)) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ);
                client = channel;
            } else if (channel != null) {
                log.warning(() -> "the events of domain " + name + ": " + Refusal.NOT_PERMITTED.reason());
                channel.close();
            }
        } catch (IOException e) {
            log.warning(() -> "the events of domain " + name + ": a client could not be taken", e);
            closeQuietly(channel);
            // The selector would report the same client at once.
            java.util.concurrent.locks.LockSupport.parkNanos(this, TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
        }
    }

    private void deliver() {
        while (client != null && (out.position() > 0 || ring.poll(out)) && write()) {
            // The next event.
        }
    }

    /** Writes as many bytes as the socket takes; true if it took the whole event, so that the next may follow. */
    private boolean write() {
        out.flip();
        try {
            begun |= client.write(out) > 0;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a client of events has gone", e);
            out.compact();
            leave();
            return false;
        }
        boolean all = !out.hasRemaining();
        out.compact();
        begun &= !all;
        return all;
    }

    private boolean hasEnded() {
        try {
            int read = client.read(ignored);
            ignored.clear();
            return read < 0;
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a client of events has gone", e);
            return true;
        }
    }

    private void leave() {
        closeQuietly(client);
        client = null;
        if (begun) {
            out.clear();
            begun = false;
        }
    }

    private static void closeQuietly(SocketChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a channel could not be closed properly", e);
        }
    }

    private void end() {
        socket.close();
        closeQuietly(client);
        try {
            selector.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "the events of domain " + name + " could not be closed properly", e);
        }
    }

    /** Ends the thread and closes the socket. Idempotent. */
    @Override
    public void close() {
        closing = true;
        if (thread.getState() == Thread.State.NEW) {
            end();
            return;
        }
        selector.wakeup();
        try {
            thread.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "interrupted while the events of " + name + " end", e);
            Thread.currentThread().interrupt();
        }
    }
}
