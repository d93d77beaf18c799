// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.engine;

import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Completion.Status;
import io.pgfault.api.dma.Descriptor;
import java.io.EOFException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The guest's end: asks the host's engine and waits for its replies. Any thread asks; the thread {@code
 * io-pgfault-guest-<name>-engine} reads replies. When the host goes, every request ends DISCONNECTED.
 */
public final class EngineClient implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EngineClient.class.getName());
    private static final Completion GONE = new Completion(Status.DISCONNECTED, 0, 0, 0, 0, 0);

    private final SocketChannel channel;
    private final Messages messages;
    private final int pasid;
    private final AtomicLong tokens = new AtomicLong();
    private final Map<Long, CompletableFuture<Reply>> waiting = new ConcurrentHashMap<>();
    /** Set by the reading thread when the host has gone; asking threads read it after they wait in {@code waiting}. */
    private volatile boolean gone;

    /**
     * Connects.
     *
     * @throws IOException if no engine listens there; the message names the path and what to do
     */
    public EngineClient(String name, Path path) throws IOException {
        SocketChannel opened = null;
        Messages made = null;
        ByteBuffer greeting = ByteBuffer.allocate(Long.BYTES);
        boolean greeted = false;
        try {
            opened = SocketChannel.open(UnixDomainSocketAddress.of(path));
            made = new Messages(opened);
            greeted = made.read(greeting);
            if (!greeted) {
                throw new EOFException("the host closed the connection");
            }
        } catch (IOException e) {
            throw new IOException(
                    "device %s: no engine of a host at %s (%s); start the host first, with io.pgfault.guest.engine"
                            .formatted(name, path, e.getMessage()),
                    e);
        } finally {
            if (!greeted && opened != null) {
                opened.close();
            }
        }
        this.channel = opened;
        this.messages = made;
        this.pasid = (int) Long.reverseBytes(greeting.getLong(0));
        Thread thread = new Thread(this::read, "io-pgfault-guest-" + name + "-engine");
        thread.setDaemon(true);
        thread.start();
    }

    /** The PASID that the host's engine uses, {@code Pasid.NONE} for none. */
    public int pasid() {
        return pasid;
    }

    /** Has the engine do a batch, and waits for it; see {@code DmaEngine.execute}. */
    public List<Completion> execute(List<Descriptor> batch) throws InterruptedException {
        List<CompletableFuture<Reply>> replies = new ArrayList<>(batch.size());
        for (Descriptor descriptor : batch) {
            replies.add(ask(Request.of(tokens.incrementAndGet(), descriptor)));
        }
        List<Completion> completions = new ArrayList<>(batch.size());
        for (CompletableFuture<Reply> reply : replies) {
            completions.add(await(reply));
        }
        return completions;
    }

    /** Has the engine access one page; see {@code Endpoint.access}. */
    public Access access(long address, int permissions) throws InterruptedException {
        Completion c = await(ask(Request.access(tokens.incrementAndGet(), address, permissions)));
        Outcome outcome =
                switch (c.status()) {
                    case SUCCESS -> Outcome.DONE;
                    case INVALID, NO_MEMORY -> Outcome.INVALID;
                    case FAILED -> Outcome.FAILED;
                    case DISCONNECTED -> Outcome.DISCONNECTED;
                };
        return new Access(outcome, (int) c.requests());
    }

    private CompletableFuture<Reply> ask(Request request) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        waiting.put(request.token(), reply);
        try {
            messages.write(request.encode());
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the host has gone before the request", e);
            end(request.token());
        }
        if (gone) {
            end(request.token());
        }
        return reply;
    }

    private void end(long token) {
        CompletableFuture<Reply> reply = waiting.remove(token);
        if (reply != null) {
            reply.complete(Reply.of(token, GONE));
        }
    }

    private static Completion await(CompletableFuture<Reply> reply) throws InterruptedException {
        try {
            return reply.get().completion();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a reply can't fail", e);
        }
    }

    private void read() {
        ByteBuffer message = ByteBuffer.allocate(Reply.SIZE);
        try {
            while (messages.read(message)) {
                Reply reply = Reply.decode(message);
                CompletableFuture<Reply> asked = waiting.remove(reply.token());
                if (asked != null) {
                    asked.complete(reply);
                }
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the connection to the host's engine has ended", e);
        }
        gone = true;
        List.copyOf(waiting.keySet()).forEach(this::end);
    }

    /** Disconnects; every request ends DISCONNECTED. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the connection to the host's engine could not be closed properly", e);
        }
    }
}
