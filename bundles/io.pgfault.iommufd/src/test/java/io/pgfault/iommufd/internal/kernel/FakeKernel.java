// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * As much of a Linux kernel as IOMMUFD is: descriptors, objects with references, mock devices, VFIO devices, one {@link
 * FakeFaultQueue} for each allocation. Slow and obvious: everything under one lock.
 */
public final class FakeKernel implements SystemCalls {
    /** Calls that fail, by name: {@code open PATH} or {@code ioctl NUMBER}. */
    public final Map<String, Integer> failures = new HashMap<>();

    /** VFIO character devices. */
    public final Set<String> vfioDevices = new HashSet<>();

    private final Map<Integer, Object> descriptors = new HashMap<>();
    /** The descriptors that a test handed over and that have {@code FD_CLOEXEC}. Guarded by the monitor. */
    private final Set<Integer> adopted = new HashSet<>();

    private final Map<Integer, FakeObject> objects = new HashMap<>();
    private final IdentityHashMap<ByteBuffer, Long> addresses = new IdentityHashMap<>();
    private final List<FakeFaultQueue> queues = new ArrayList<>();
    /** How often a thread polled with a time limit. */
    public int pauses;

    private int lastObject;
    private IommufdFile current;

    /** The state behind one kind of descriptor. */
    private static final class IommufdFile {}

    private static final class VfioFile {
        private int device;
    }

    private static final class Event {
        private long count;
    }

    /** An object of IOMMUFD's: what it is, which queue it reports to, what it uses. */
    private static final class FakeObject {
        private final String kind;
        private final int[] uses;
        private FakeFaultQueue faults;
        private IommufdFile owner;
        private int table;
        private int device;

        FakeObject(String kind, int... uses) {
            this.kind = kind;
            this.uses = uses;
        }
    }

    /** The queue that was allocated last. */
    public synchronized FakeFaultQueue queue() {
        return queues.get(queues.size() - 1);
    }

    /** How many descriptors are open. */
    public synchronized int openDescriptors() {
        return descriptors.size();
    }

    /** How many objects are there. */
    public synchronized int openObjects() {
        return objects.size();
    }

    /** A descriptor of a fault queue that the test alone has. */
    public synchronized int handOver(FakeFaultQueue queue) {
        queues.add(queue);
        return install(queue);
    }

    private int install(Object file) {
        int number = 3;
        while (descriptors.containsKey(number)) {
            number++;
        }
        descriptors.put(number, file);
        return number;
    }

    private <T> T file(int descriptor, Class<T> type, int otherwise) throws CallFailed {
        Object file = descriptors.get(descriptor);
        if (file == null) {
            throw new CallFailed("descriptor " + descriptor, Errno.EBADF);
        }
        if (!type.isInstance(file)) {
            throw new CallFailed("descriptor " + descriptor, otherwise);
        }
        return type.cast(file);
    }

    private void failIfPrepared(String call) throws CallFailed {
        Integer errno = failures.get(call);
        if (errno != null) {
            throw new CallFailed(call, errno);
        }
    }

    @Override
    public synchronized int open(String path) throws CallFailed {
        failIfPrepared("open " + path);
        if (path.equals(Iommufd.PATH)) {
            return install(new IommufdFile());
        }
        if (vfioDevices.contains(path)) {
            return install(new VfioFile());
        }
        throw new CallFailed("open " + path, Errno.ENOENT);
    }

    @Override
    public synchronized void adopt(int descriptor) throws CallFailed {
        file(descriptor, Object.class, 0);
        adopted.add(descriptor);
    }

    @Override
    public synchronized boolean isAdopted(int descriptor) throws CallFailed {
        file(descriptor, Object.class, 0);
        return adopted.contains(descriptor);
    }

    @Override
    public synchronized void close(int descriptor) throws CallFailed {
        Object closed = descriptors.remove(descriptor);
        adopted.remove(descriptor);
        if (closed == null) {
            throw new CallFailed("close", Errno.EBADF);
        }
        if (closed instanceof IommufdFile) {
            List<FakeObject> owned = objects.values().stream()
                    .filter(object -> object.owner == closed)
                    .toList();
            owned.stream()
                    .filter(object -> object.faults != null)
                    .forEach(object -> object.faults.answerItself(object.device));
            objects.values().removeAll(owned);
        }
        if (closed instanceof VfioFile vfio) {
            objects.remove(vfio.device);
        }
        notifyAll();
    }

    @Override
    public synchronized int read(int descriptor, ByteBuffer to, int length) throws CallFailed {
        return file(descriptor, FakeFaultQueue.class, Errno.EINVAL).read(to, length);
    }

    @Override
    public synchronized int write(int descriptor, ByteBuffer from, int offset, int length) throws CallFailed {
        return file(descriptor, FakeFaultQueue.class, Errno.EINVAL).write(from, offset, length);
    }

    /** As a device's page request: the group reaches the queue, or is lost if the device has no queue. */
    public synchronized void fault(FakeFaultQueue queue, FakeFaultQueue.Fault... group) {
        queue.fault(group);
        notifyAll();
    }

    /** The kernel detaches a device and tells no other party. */
    public synchronized void detach(FakeFaultQueue queue, int device) {
        queue.answerItself(device);
    }

    /** Runs with everything standing still. */
    public synchronized void whileItStands(Runnable work) {
        work.run();
    }

    @Override
    public synchronized int poll(int first, int second, int timeoutMillis) throws CallFailed {
        while (true) {
            int ready = ready(first, second);
            if (ready != 0 || timeoutMillis == 0) {
                return ready;
            }
            try {
                if (timeoutMillis > 0) {
                    pauses++;
                    wait(timeoutMillis);
                    return ready(first, second);
                }
                wait();
            } catch (InterruptedException e) {
                throw new CallFailed("poll", Errno.EINTR);
            }
        }
    }

    private int ready(int first, int second) {
        Object queue = descriptors.get(first);
        int ready = 0;
        if (first < 0) {
            ready = 0;
        } else if (queue == null) {
            ready |= GONE;
        } else if (queue instanceof FakeFaultQueue faults && faults.waits()) {
            ready |= READABLE;
        }
        if (descriptors.get(second) instanceof Event event && event.count > 0) {
            ready |= WOKEN;
        }
        return ready;
    }

    @Override
    public synchronized int event() {
        return install(new Event());
    }

    @Override
    public synchronized void signal(int event) throws CallFailed {
        file(event, Event.class, Errno.EINVAL).count++;
        notifyAll();
    }

    @Override
    public synchronized void clear(int event) throws CallFailed {
        file(event, Event.class, Errno.EINVAL).count = 0;
    }

    @Override
    public int connect(String path) throws CallFailed {
        throw new CallFailed("connect " + path, Errno.ENOENT);
    }

    @Override
    public int receiveDescriptor(int socket) throws CallFailed {
        throw new CallFailed("recvmsg", Errno.EPIPE);
    }

    @Override
    public synchronized long address(ByteBuffer direct) {
        return addresses.computeIfAbsent(direct, buffer -> 0x1000L * (addresses.size() + 1));
    }

    // Requests

    @Override
    public synchronized void ioctl(int descriptor, int request, ByteBuffer argument) throws CallFailed {
        failIfPrepared("ioctl " + Integer.toHexString(request));
        if (argument.order() != ByteOrder.LITTLE_ENDIAN || argument.getInt(0) != argument.capacity()) {
            throw new CallFailed("ioctl: size", Errno.EINVAL);
        }
        if (descriptors.get(descriptor) instanceof VfioFile vfio) {
            vfio(vfio, request, argument);
            return;
        }
        current = file(descriptor, IommufdFile.class, Errno.ENOTTY);
        switch (request) {
            case 0x3b80 -> destroy(argument.getInt(4));
            case 0x3b81 -> argument.putInt(8, add(new FakeObject("ioas")));
            case 0x3b89 -> argument.putInt(16, allocateTable(argument));
            case 0x3b8e -> {
                FakeFaultQueue queue = new FakeFaultQueue();
                queues.add(queue);
                FakeObject fault = new FakeObject("fault");
                fault.faults = queue;
                argument.putInt(8, add(fault)).putInt(12, install(queue));
            }
            case 0x3ba0 -> test(argument);
            default -> throw new CallFailed("ioctl", Errno.ENOTTY);
        }
    }

    private int add(FakeObject object) {
        object.owner = current;
        objects.put(++lastObject, object);
        return lastObject;
    }

    private FakeObject object(int id, String kind) throws CallFailed {
        FakeObject object = objects.get(id);
        if (object == null || !object.kind.equals(kind)) {
            throw new CallFailed("no " + kind + " " + id, Errno.ENOENT);
        }
        return object;
    }

    private int allocateTable(ByteBuffer argument) throws CallFailed {
        int flags = argument.getInt(4);
        int device = argument.getInt(8);
        int parent = argument.getInt(12);
        object(device, "device");
        if (argument.getInt(20) != 0 || argument.getInt(44) != 0) {
            throw new CallFailed("hwpt: reserved", Errno.EOPNOTSUPP);
        }
        if (argument.getInt(24) == 0) {
            object(parent, "ioas");
        } else {
            object(parent, "table");
            boolean known = argument.getInt(24) == 0xdead && argument.getInt(28) == 4 && word(argument) == 0xbadbeef;
            if (!known) {
                throw new CallFailed("hwpt: data", Errno.EINVAL);
            }
        }
        FakeObject table = (flags & 4) != 0
                ? new FakeObject("table", device, parent, argument.getInt(40))
                : new FakeObject("table", device, parent);
        if ((flags & 4) != 0) {
            table.faults = object(argument.getInt(40), "fault").faults;
        }
        return add(table);
    }

    private int word(ByteBuffer argument) {
        return addresses.entrySet().stream()
                .filter(entry -> entry.getValue() == argument.getLong(32))
                .findFirst()
                .orElseThrow()
                .getKey()
                .getInt(0);
    }

    private void destroy(int id) throws CallFailed {
        FakeObject object = objects.get(id);
        if (object == null) {
            throw new CallFailed("destroy", Errno.ENOENT);
        }
        boolean used = objects.values().stream()
                .anyMatch(
                        other -> other.table == id || List.of(boxed(other.uses)).contains(id));
        boolean open = object.kind.equals("fault") && descriptors.containsValue(object.faults);
        if (open || (used && !object.kind.equals("mock"))) {
            throw new CallFailed("destroy of " + object.kind, Errno.EBUSY);
        }
        if (object.kind.equals("mock")) {
            move(object, 0);
            objects.remove(object.device);
        }
        objects.remove(id);
    }

    private static Integer[] boxed(int[] numbers) {
        Integer[] boxed = new Integer[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            boxed[i] = numbers[i];
        }
        return boxed;
    }

    /** Moves a device to another page table, 0 for none: what is outstanding is answered by the kernel. */
    private void move(FakeObject device, int table) {
        if (device.faults != null) {
            device.faults.answerItself(device.device);
        }
        device.table = table;
        device.faults = table == 0 ? null : objects.get(table).faults;
    }

    private void test(ByteBuffer argument) throws CallFailed {
        switch (argument.getInt(4)) {
            case 2 -> {
                object(argument.getInt(8), "ioas");
                FakeObject mock = new FakeObject("mock", argument.getInt(8));
                mock.device = add(new FakeObject("device"));
                argument.putInt(16, add(mock)).putInt(20, 0).putInt(24, mock.device);
            }
            case 10 -> move(object(argument.getInt(8), "mock"), argument.getInt(16));
            case 15 -> {
                int id = argument.getInt(16);
                object(id, "device");
                int pasid = argument.getInt(20);
                objects.values().stream()
                        .filter(object -> object.kind.equals("mock") && object.device == id && object.faults != null)
                        .findFirst()
                        .ifPresent(mock -> fault(
                                mock.faults,
                                new FakeFaultQueue.Fault(
                                        pasid == 0 ? 2 : 3,
                                        id,
                                        pasid,
                                        argument.getInt(24),
                                        argument.getInt(28),
                                        argument.getLong(32))));
            }
            default -> throw new CallFailed("test", Errno.EOPNOTSUPP);
        }
    }

    private void vfio(VfioFile vfio, int request, ByteBuffer argument) throws CallFailed {
        switch (request) {
            case 0x3b76 -> {
                current = file(argument.getInt(8), IommufdFile.class, Errno.EINVAL);
                vfio.device = add(new FakeObject("device"));
                objects.get(vfio.device).device = vfio.device;
                argument.putInt(12, vfio.device);
            }
            case 0x3b77 -> {
                object(argument.getInt(8), "table");
                move(objects.get(vfio.device), argument.getInt(8));
            }
            case 0x3b78 -> move(objects.get(vfio.device), 0);
            default -> throw new CallFailed("vfio", Errno.ENOTTY);
        }
    }
}
