// SPDX-License-Identifier: Apache-2.0
package io.pgfault.benchmarks;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The yardstick: the shape of the kernel's fault framework, in Java. A mutex per device, an object allocated for each
 * fault, linked lists of partials that a last request scans for its group, and of pending groups, which are unlinked
 * when they are answered. It counts nothing, measures nothing, has no bounds and no deadlines: the work that any
 * framework has.
 */
public final class ListScanningFramework {
    private ListScanningFramework() {}

    /** What hears the responses. */
    @FunctionalInterface
    public interface Responses {
        /** A group has been answered. */
        void respond(Device device, int pasid, int groupId, int code);
    }

    /** A fault, alone or in the list of its device's partials or of its group. */
    private static final class Fault {
        final int pasid;
        final int groupId;
        final int permissions;
        final long address;
        Fault next;

        Fault(int pasid, int groupId, int permissions, long address) {
            this.pasid = pasid;
            this.groupId = groupId;
            this.permissions = permissions;
            this.address = address;
        }
    }

    /** A closed group. */
    public static final class Group {
        private final Device device;
        private final Fault last;
        private Fault faults;
        private Group previous;
        private Group following;

        Group(Device device, Fault last) {
            this.device = device;
            this.last = last;
            this.faults = last;
        }

        /** Adds up the addresses and permissions, so that each fault is read. */
        public long read() {
            long sum = 0;
            for (Fault fault = faults; fault != null; fault = fault.next) {
                sum += fault.address + fault.permissions;
            }
            return sum;
        }

        /** Answers the group, once. */
        public void respond(int code) {
            device.respond(this, code);
        }
    }

    /** A device: what the kernel calls its fault parameter. */
    public static final class Device {
        private final Responses responses;
        private final ReentrantLock mutex = new ReentrantLock();
        private final Map<Integer, Consumer<Group>> handlers = new ConcurrentHashMap<>();
        private final Group pending = new Group(this, null);
        private Fault partials;

        /** A device whose responses go there. */
        public Device(Responses responses) {
            this.responses = responses;
            pending.previous = pending;
            pending.following = pending;
        }

        /** Attaches a handler to a PASID. */
        public void attach(int pasid, Consumer<Group> handler) {
            handlers.put(pasid, handler);
        }

        /** Reports a fault. */
        public void report(int pasid, int groupId, int permissions, long address, boolean isLast) {
            Fault fault = new Fault(pasid, groupId, permissions, address);
            if (!isLast) {
                mutex.lock();
                try {
                    fault.next = partials;
                    partials = fault;
                } finally {
                    mutex.unlock();
                }
                return;
            }
            Consumer<Group> handler = handlers.get(pasid);
            Group group = new Group(this, fault);
            mutex.lock();
            try {
                collect(group);
                group.previous = pending.previous;
                group.following = pending;
                pending.previous.following = group;
                pending.previous = group;
            } finally {
                mutex.unlock();
            }
            handler.accept(group);
        }

        /** Moves the partials of the group's id over to it. */
        private void collect(Group group) {
            Fault before = null;
            Fault fault = partials;
            while (fault != null) {
                Fault next = fault.next;
                if (fault.groupId == group.last.groupId) {
                    if (before == null) {
                        partials = next;
                    } else {
                        before.next = next;
                    }
                    fault.next = group.faults;
                    group.faults = fault;
                } else {
                    before = fault;
                }
                fault = next;
            }
        }

        private void respond(Group group, int code) {
            mutex.lock();
            try {
                group.previous.following = group.following;
                group.following.previous = group.previous;
                responses.respond(this, group.last.pasid, group.last.groupId, code);
            } finally {
                mutex.unlock();
            }
        }
    }
}
