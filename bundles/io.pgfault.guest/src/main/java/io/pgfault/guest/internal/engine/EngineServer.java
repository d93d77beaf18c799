// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.engine;

import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Completion.Status;
import io.pgfault.api.dma.DmaEngine;
import io.pgfault.parts.socket.ListeningSocket;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/**
 * The host's end: gives one engine to one guest at a time. A guest that connects gets a greeting of 8 bytes, the
 * engine's PASID as a number of 64 bits. Only processes of the own user may connect. The next guest is greeted when the
 * engine has ended every request of the guest before: none of them goes on in the next guest's memory.
 *
 * <p>Threads: {@code io-pgfault-engine-<name>} accepts and reads; {@value #WORKERS} threads wait for the engine's
 * completions. A guest has up to {@value #IN_FLIGHT} requests in flight; the reading thread waits before it reads more.
 */
public final class EngineServer implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EngineServer.class.getName());
    private static final int WORKERS = 16;
    private static final int IN_FLIGHT = 64;

    private final DmaEngine engine;
    private final ListeningSocket socket;
    private final ServerSocketChannel listening;
    private final ExecutorService workers;
    private final Thread thread;
    /** The guest that is connected. The accepting thread writes it; the closing thread reads it. */
    private volatile SocketChannel guest;

    /**
     * Listens.
     *
     * @throws IOException if the socket can't be made; the message names the path and what to do
     */
    public EngineServer(DmaEngine engine, Path path) throws IOException {
        this.engine = engine;
        this.socket = new ListeningSocket(path, PosixFilePermissions.fromString("rw-------"), Set.of());
        this.listening = socket.channel();
        listening.configureBlocking(true);
        this.workers =
                Executors.newFixedThreadPool(WORKERS, task -> daemon(task, "io-pgfault-engine-work-" + engine.name()));
        this.thread = daemon(this::serve, "io-pgfault-engine-" + engine.name());
        thread.start();
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    private void serve() {
        while (listening.isOpen()) {
            try (SocketChannel accepted = listening.accept()) {
                guest = accepted;
                if (socket.permits(accepted)) {
                    serve(accepted);
                } else {
                    LOG.log(Level.WARNING, "engine {0}: a process of another user is refused", engine.name());
                }
            } catch (IOException e) {
                if (listening.isOpen()) {
                    LOG.log(Level.INFO, "engine {0}: its guest has gone ({1})", engine.name(), e.getMessage());
                    LOG.log(Level.DEBUG, "in full", e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void serve(SocketChannel channel) throws IOException, InterruptedException {
        Messages messages = new Messages(channel);
        messages.write(ByteBuffer.allocate(Long.BYTES).putLong(0, Long.reverseBytes(engine.pasid())));
        Semaphore room = new Semaphore(IN_FLIGHT);
        try {
            serve(messages, room);
        } finally {
            room.acquire(IN_FLIGHT);
        }
    }

    private void serve(Messages messages, Semaphore room) throws IOException, InterruptedException {
        ByteBuffer message = ByteBuffer.allocate(Request.SIZE);
        while (messages.read(message)) {
            Request request = Request.decode(message);
            room.acquire();
            try {
                workers.execute(() -> {
                    try {
                        messages.write(reply(request).encode());
                    } catch (IOException e) {
                        LOG.log(Level.DEBUG, "the guest has gone before its reply", e);
                    } finally {
                        room.release();
                    }
                });
            } catch (RejectedExecutionException e) {
                LOG.log(Level.DEBUG, "the server ends", e);
                return;
            }
        }
    }

    private Reply reply(Request request) {
        try {
            if (request.isAccess()) {
                return Reply.of(request.token(), completion(request));
            }
            return request.descriptor().isEmpty()
                    ? Reply.malformed(request.token())
                    : Reply.of(
                            request.token(),
                            engine.execute(List.of(request.descriptor().get())).get(0));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Reply.of(request.token(), new Completion(Status.DISCONNECTED, 0, 0, 0, 0, 0));
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "engine " + engine.name() + " failed at a guest's request " + request, e);
            return Reply.of(request.token(), new Completion(Status.FAILED, 0, 0, 0, 0, 0));
        }
    }

    private Completion completion(Request request) throws InterruptedException {
        if (request.permissions() == 0) {
            return new Completion(Status.INVALID, 0, 0, request.source(), 0, 0);
        }
        Access access = engine.access(engine.pasid(), request.source(), request.permissions());
        Status status =
                switch (access.outcome()) {
                    case DONE -> Status.SUCCESS;
                    case INVALID -> Status.INVALID;
                    case FAILED -> Status.FAILED;
                    case DISCONNECTED -> Status.DISCONNECTED;
                };
        return new Completion(
                status, 0, 0, status == Status.SUCCESS ? 0 : request.source(), access.requests(), access.requests());
    }

    /** Ends the server and disconnects the guest. */
    @Override
    public void close() {
        socket.close();
        SocketChannel connected = guest;
        try {
            if (connected != null) {
                connected.close();
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the connection to the guest could not be closed properly", e);
        }
        workers.shutdownNow();
        thread.interrupt();
    }
}
