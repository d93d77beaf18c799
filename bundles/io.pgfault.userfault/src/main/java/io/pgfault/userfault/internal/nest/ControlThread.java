// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.nest;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;

/**
 * Does what a client's control records ask for, one after the other, on a thread of its own ({@code
 * io-pgfault-user-<queue>-control}). An invalidation returns when devices have ended their accesses, and an access may
 * wait for a response of the client: so the queue's thread, which reads responses, never waits here.
 *
 * <p>The queue's thread submits requests and takes acknowledgements; both are bounded together. The monitor guards all
 * fields that are not final.
 */
public final class ControlThread implements Runnable, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ControlThread.class.getName());

    /** How many records of a client may be unacknowledged. */
    public static final int BOUND = 64;

    private static final long JOIN_MILLIS = 5_000;

    private final FirstStages stages;
    private final Runnable wake;
    private final Thread thread;
    private final Queue<ControlRequest> requests = new ArrayDeque<>();
    private final Queue<ControlRequest.Ack> acks = new ArrayDeque<>();
    /** Requests that are submitted and whose acknowledgements were not taken. */
    private int outstanding;
    /** Which client it is; another number after each that has left. */
    private long client;
    /** Whether the thread is to detach everything before it does the next request. */
    private boolean detachAll;

    private boolean closed;

    /**
     * @param queue the queue's name, for people
     * @param wake tells the queue's thread that there is an acknowledgement; any thread
     */
    public ControlThread(String queue, FirstStages stages, Runnable wake) {
        this.stages = stages;
        this.wake = wake;
        this.thread = new Thread(this, "io-pgfault-user-" + queue + "-control");
        thread.setDaemon(true);
    }

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    // The queue's thread

    /** Has a request done; false if {@link #BOUND} are not acknowledged yet. */
    public synchronized boolean submit(ControlRequest request) {
        if (outstanding >= BOUND || closed) {
            return false;
        }
        outstanding++;
        requests.add(request);
        notifyAll();
        return true;
    }

    /** The oldest acknowledgement, {@code null} if there is none. */
    public synchronized ControlRequest.Ack peek() {
        return acks.peek();
    }

    /** The oldest acknowledgement is on its way to the client. */
    public synchronized void taken() {
        acks.remove();
        outstanding--;
    }

    /** The client has gone: what it asked for and has not been begun is not done, and the rest is not acknowledged. */
    public synchronized void clientLeft() {
        client++;
        requests.clear();
        acks.clear();
        outstanding = 0;
    }

    /** No client has come within the grace time: its first stages are detached (rule N05). */
    public synchronized void graceOver() {
        detachAll = true;
        notifyAll();
    }

    // The control thread

    @Override
    public void run() {
        while (true) {
            ControlRequest request;
            long from;
            synchronized (this) {
                while (!closed && !detachAll && requests.isEmpty()) {
                    try {
                        wait();
                    } catch (InterruptedException e) {
                        LOG.log(System.Logger.Level.DEBUG, "an interrupt has no meaning for this thread", e);
                    }
                }
                if (closed) {
                    return;
                }
                request = detachAll ? null : requests.remove();
                detachAll = false;
                from = client;
            }
            if (request == null) {
                stages.detachAll();
            } else {
                acknowledge(from, stages.execute(request));
            }
        }
    }

    private void acknowledge(long to, ControlRequest.Ack ack) {
        synchronized (this) {
            if (to != client) {
                return;
            }
            acks.add(ack);
        }
        wake.run();
    }

    /** Has the thread begin no other request. */
    synchronized void stop() {
        closed = true;
        notifyAll();
    }

    /** Ends the thread; waits for the request that it is doing, for a bounded time. Idempotent. */
    @Override
    public void close() {
        stop();
        try {
            TimeUnit.MILLISECONDS.timedJoin(thread, JOIN_MILLIS);
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "interrupted while " + thread.getName() + " ends", e);
            Thread.currentThread().interrupt();
        }
    }
}
