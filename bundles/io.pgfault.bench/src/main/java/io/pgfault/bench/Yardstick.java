// SPDX-License-Identifier: Apache-2.0
package io.pgfault.bench;

import io.pgfault.api.Device;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A naive framework with the same job, against which the real framework is measured. Requests pass a ring under a lock
 * to one event thread, and each request becomes an object. A device has a mutex, a list of partials that the event
 * thread searches for a group's requests, and a list of pending groups that a worker searches for the answered group.
 * Groups go to a thread pool, responses pass a queue under a lock. The yardstick has no deadline, bound, fairness, swap
 * or count, so the yardstick does less than the real framework.
 */
@SuppressWarnings("JdkObsolete") // a naive framework uses linked lists
public final class Yardstick implements Target, AutoCloseable {
    private static final int ENTRY = 32;
    private static final int ENTRIES = 1 << 14;
    private static final int LAST = 1;

    /** One page request of a device. */
    private record Fault(int pasid, int group, int permissions, long address, boolean last) {}

    /** A closed group. Two groups are never equal. */
    private static final class Group {
        final Port device;
        final List<Fault> faults;

        Group(Port device, List<Fault> faults) {
            this.device = device;
            this.faults = faults;
        }
    }

    private final ExecutorService workers;
    private final Executor executor;
    private final Thread thread = new Thread(this::events, "yardstick events");
    /** Guarded by the map's own monitor. */
    private final Map<Integer, Port> devices = new HashMap<>();

    private final ReentrantLock ringLock = new ReentrantLock();
    private final Condition filled = ringLock.newCondition();
    private final Condition emptied = ringLock.newCondition();
    private final ByteBuffer ring = ByteBuffer.allocateDirect(ENTRIES * ENTRY).order(ByteOrder.LITTLE_ENDIAN);
    /** Index of the oldest entry. Guarded by {@code ringLock}, as are the two fields that follow. */
    private int head;

    private int tail;
    private boolean closed;

    private final ReentrantLock responseLock = new ReentrantLock();
    private final ByteBuffer responses = ByteBuffer.allocateDirect(ENTRY).order(ByteOrder.LITTLE_ENDIAN);

    /** @param inline true: the event thread answers groups; false: workers do, as many as there are processors */
    public Yardstick(boolean inline) {
        workers = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), work -> {
            Thread worker = new Thread(work, "yardstick worker");
            worker.setDaemon(true);
            return worker;
        });
        executor = inline ? Runnable::run : workers;
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public Upstream connect(int index, int firstPasid, Downstream device) {
        Port port = new Port(index, device);
        synchronized (devices) {
            devices.put(index, port);
        }
        return port;
    }

    private void post(int device, int pasid, int group, int permissions, long address, boolean last) {
        ringLock.lock();
        try {
            while ((tail + 1) % ENTRIES == head && !closed) {
                emptied.awaitUninterruptibly();
            }
            int at = tail * ENTRY;
            ring.putInt(at, device).putInt(at + 4, pasid).putInt(at + 8, group).putInt(at + 12, permissions);
            ring.putLong(at + 16, address).putLong(at + 24, last ? LAST : 0);
            tail = (tail + 1) % ENTRIES;
            filled.signal();
        } finally {
            ringLock.unlock();
        }
    }

    private void events() {
        while (true) {
            int from;
            int to;
            ringLock.lock();
            try {
                while (head == tail && !closed) {
                    filled.awaitUninterruptibly();
                }
                if (closed) {
                    return;
                }
                from = head;
                to = tail;
            } finally {
                ringLock.unlock();
            }
            for (int i = from; i != to; i = (i + 1) % ENTRIES) {
                int at = i * ENTRY;
                report(
                        ring.getInt(at),
                        new Fault(
                                ring.getInt(at + 4),
                                ring.getInt(at + 8),
                                ring.getInt(at + 12),
                                ring.getLong(at + 16),
                                ring.getLong(at + 24) == LAST));
            }
            ringLock.lock();
            try {
                head = to;
                emptied.signalAll();
            } finally {
                ringLock.unlock();
            }
        }
    }

    private void report(int id, Fault fault) {
        Port device;
        synchronized (devices) {
            device = devices.get(id);
        }
        Group group;
        synchronized (device) {
            if (!fault.last()) {
                device.partials.add(fault);
                return;
            }
            List<Fault> faults = new LinkedList<>();
            for (Iterator<Fault> i = device.partials.iterator(); i.hasNext(); ) {
                Fault partial = i.next();
                if (partial.pasid() == fault.pasid() && partial.group() == fault.group()) {
                    i.remove();
                    faults.add(partial);
                }
            }
            faults.add(fault);
            group = new Group(device, faults);
            device.pending.add(group);
        }
        executor.execute(() -> respond(group));
    }

    private void respond(Group group) {
        Fault last = group.faults.get(group.faults.size() - 1);
        synchronized (group.device) {
            if (!group.device.pending.remove(group)) {
                return;
            }
        }
        responseLock.lock();
        try {
            responses.putInt(0, group.device.id).putInt(4, last.pasid()).putInt(8, last.group());
            responses.putInt(12, Downstream.SUCCESS).putLong(16, 0).putLong(24, 0);
            group.device.respond(responses.getInt(4), responses.getInt(8), responses.getInt(12));
        } finally {
            responseLock.unlock();
        }
    }

    /** Stops the threads; waits one second at most for the event thread. */
    @Override
    public void close() {
        ringLock.lock();
        try {
            closed = true;
            filled.signalAll();
            emptied.signalAll();
        } finally {
            ringLock.unlock();
        }
        workers.shutdownNow();
        try {
            TimeUnit.SECONDS.timedJoin(thread, 1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A connected device. */
    private final class Port implements Upstream {
        private final int id;
        private final Downstream downstream;
        /** Guarded by the port's monitor, as is {@code pending}. */
        private final List<Fault> partials = new LinkedList<>();

        private final List<Group> pending = new LinkedList<>();

        Port(int id, Downstream downstream) {
            this.id = id;
            this.downstream = downstream;
        }

        void respond(int pasid, int group, int code) {
            downstream.pageGroupResponse(pasid, group, code);
        }

        @Override
        public Device device() {
            throw new UnsupportedOperationException("the yardstick has no devices of the framework");
        }

        @Override
        public long translate(int pasid, long address) {
            return Translation.NONE;
        }

        @Override
        public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
            post(id, pasid, prgIndex, permissions, address, last);
        }

        @Override
        public long transact(int transaction, int pasid, int permissions, long address) {
            throw new UnsupportedOperationException("the yardstick takes page requests");
        }

        @Override
        public void close() {
            synchronized (devices) {
                devices.remove(id);
            }
        }
    }
}
