// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.FirstStageInvalidation;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.userfault.spec.AckRecord;
import io.pgfault.userfault.spec.ControlRecord;
import io.pgfault.userfault.spec.FaultRecord;
import io.pgfault.userfault.spec.FirstStageData;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connection to the host's fault queue: fault records come in, responses and control records go out; RECORDS.md
 * of io.pgfault.userfault has the layouts.
 *
 * <p>A queue of the host keeps the first stages of a client that has gone, for a grace time. They are page tables in
 * memory that the guest uses for something else now. So a guest first has the host detach what a guest before it has
 * left; the host answers the groups of that guest.
 *
 * <p>Threads: {@code io-pgfault-guest-<name>-faults} reads and raises faults; {@code io-pgfault-guest-<name>-answers}
 * writes. Any other thread leaves responses, or waits for the acknowledgement of a control record.
 */
public final class HostQueue implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HostQueue.class.getName());
    private static final int RECORDS = 64;
    private static final int ACK_LIMIT_SECONDS = 10;

    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final String name;
    private final SocketChannel channel;
    private final Outgoing outgoing = new Outgoing();
    private final AtomicInteger tokens = new AtomicInteger();
    /** The error numbers of control records that the host has not acknowledged, by token. */
    private final Map<Integer, CompletableFuture<Integer>> unacknowledged = new ConcurrentHashMap<>();
    /** Set by the reading thread when the host has gone; controlling threads read it after they wait in the map. */
    private volatile boolean gone;
    /** The token of the first control record, which detaches what a guest before has left. */
    private final int beginning = tokens.incrementAndGet();
    /** Whether the host has acknowledged that record. Only the reading thread reads and writes it. */
    private boolean begun;
    /** Whether the threads run. The thread that connects the device writes and reads it. */
    private boolean started;

    /**
     * Connects.
     *
     * @throws IOException if no host listens there; the message names the path and what to do
     */
    public HostQueue(String name, Path path) throws IOException {
        this.name = name;
        try {
            this.channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            throw new IOException(
                    "device %s: no fault queue of a host at %s (%s); start the host first, with io.pgfault.userfault"
                            .formatted(name, path, e.getMessage()),
                    e);
        }
    }

    /**
     * Starts the threads, and returns when the host has detached what a guest before this one has left. Called once,
     * before the guest's unit knows the device.
     */
    public void start(AssignedFunction function) {
        started = true;
        start(() -> read(function), "faults");
        start(this::write, "answers");
        ByteBuffer record = ByteBuffer.allocate(ControlRecord.SIZE);
        ControlRecord.put(record, 0, beginning, ControlRecord.DETACH_ALL, 0, 0, ControlRecord.NONE, 0);
        control(record, "detach what a guest before has left");
    }

    private void start(Runnable task, String what) {
        Thread thread = new Thread(task, "io-pgfault-guest-" + name + "-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    /** Leaves the response to a group. Never blocks. */
    void respond(int cookie, int code) {
        outgoing.response(cookie, code);
    }

    /** Has the host nest this first stage for (device, PASID); returns when the host has attached it. */
    void attach(int devId, int pasid, FirstStage stage) {
        int type = FirstStageData.type(stage);
        ByteBuffer record = record(ControlRecord.ATTACH, devId, pasid, type, FirstStageData.size(type));
        FirstStageData.put(record, ControlRecord.SIZE, stage);
        control(record, "attach the first stage of PASID " + pasid);
    }

    /** Has the host detach the first stage of (device, PASID); returns when the host has detached it. */
    void detach(int devId, int pasid) {
        control(
                record(ControlRecord.DETACH, devId, pasid, ControlRecord.NONE, 0),
                "detach the first stage of PASID " + pasid);
    }

    /** Returns when no device of the host uses what the entries name (rule N03). */
    void invalidate(int devId, int pasid, List<? extends FirstStageInvalidation> entries) {
        int type = FirstStageData.type(entries.get(0));
        int size = FirstStageData.size(type);
        ByteBuffer record = record(ControlRecord.INVALIDATE, devId, pasid, type, entries.size() * size);
        for (int i = 0; i < entries.size(); i++) {
            FirstStageData.put(record, ControlRecord.SIZE + i * size, entries.get(i));
        }
        control(record, "invalidate the first stage of PASID " + pasid);
    }

    private ByteBuffer record(int op, int devId, int pasid, int type, int length) {
        ByteBuffer record = ByteBuffer.allocate(ControlRecord.SIZE + length);
        ControlRecord.put(record, 0, tokens.incrementAndGet(), op, devId, pasid, type, length);
        return record;
    }

    /**
     * Writes a control record and waits for its acknowledgement. A host that doesn't acknowledge is disconnected: the
     * guest can't know any more what devices use.
     */
    private void control(ByteBuffer record, String what) {
        int token = ControlRecord.token(record, 0);
        CompletableFuture<Integer> acknowledged = new CompletableFuture<>();
        unacknowledged.put(token, acknowledged);
        if (!outgoing.add(record) || gone) {
            unacknowledged.remove(token);
            return; // without a host no device uses anything
        }
        try {
            int errno = acknowledged.get(ACK_LIMIT_SECONDS, TimeUnit.SECONDS);
            if (errno != 0) {
                log.warning(() ->
                        "device %s: the host can't %s, error %d; the host's log says why".formatted(name, what, errno));
            }
        } catch (TimeoutException | ExecutionException e) {
            LOG.log(
                    Level.ERROR,
                    "device %s: the host did not %s within %d s; the device is disconnected from the host"
                            .formatted(name, what, ACK_LIMIT_SECONDS),
                    e);
            close();
            disconnect(); // a host that acknowledges nothing may read nothing, and the writing thread waits for it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
        }
    }

    private void read(AssignedFunction function) {
        ByteBuffer records = ByteBuffer.allocate(RECORDS * FaultRecord.SIZE).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (channel.read(records) >= 0) {
                int at = 0;
                for (; at + FaultRecord.SIZE <= records.position(); at += FaultRecord.SIZE) {
                    read(function, records, at);
                }
                records.limit(records.position()).position(at);
                records.compact();
            }
            LOG.log(Level.INFO, "device {0}: the host has closed the fault queue", name);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the connection to the host has ended", e);
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "the reading thread was interrupted", e);
        } catch (RuntimeException e) {
            LOG.log(
                    Level.ERROR,
                    "device " + name
                            + ": a fault of the host could not be raised; the device is disconnected from the host",
                    e);
        } finally {
            gone = true;
            close();
            unacknowledged.values().forEach(waiting -> waiting.complete(0));
        }
    }

    private void read(AssignedFunction function, ByteBuffer records, int at) throws InterruptedException {
        int flags = FaultRecord.flags(records, at);
        if (AckRecord.isAck(records, at)) {
            int token = AckRecord.token(records, at);
            begun |= token == beginning;
            CompletableFuture<Integer> waiting = unacknowledged.remove(token);
            if (waiting != null) {
                waiting.complete(AckRecord.errno(records, at));
            }
        } else if (flags < 0) {
            log.warning(() -> "device %s: the host refused the response to cookie %d with error %d"
                    .formatted(name, FaultRecord.grpid(records, at), FaultRecord.length(records, at)));
        } else if (begun) {
            function.fault(records, at);
        }
    }

    private void write() {
        try {
            for (ByteBuffer bytes = outgoing.take(); bytes != null; bytes = outgoing.take()) {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            }
            channel.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the connection to the host has ended", e);
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "the writing thread was interrupted", e);
        }
    }

    /**
     * Writes what was left before, and closes the connection; the writing thread does both. A queue without threads is
     * closed by the calling thread. Idempotent.
     */
    @Override
    public void close() {
        outgoing.close();
        if (!started) {
            disconnect();
        }
    }

    private void disconnect() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the connection to the host could not be closed properly", e);
        }
    }
}
