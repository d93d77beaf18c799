// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

/**
 * A fault queue that another process, for example a VMM, made and handed over. Only this process reads and writes the
 * queue after that. The other process attaches and detaches the devices.
 *
 * <p>A descriptor that this process inherited has {@code FD_CLOEXEC} clear, because a descriptor with that flag doesn't
 * pass {@code exec}. A unit that takes over a descriptor sets the flag. Therefore a set flag says that the descriptor
 * belongs to another unit or to another part of this process, and a second unit must not close it.
 */
public final class TakenOver implements FaultSource {
    private final SystemCalls calls;
    private final int descriptor;

    private TakenOver(SystemCalls calls, int descriptor) {
        this.calls = calls;
        this.descriptor = descriptor;
    }

    /**
     * Takes over a descriptor that this process inherited.
     *
     * @throws IllegalStateException if the descriptor is not open, or is in use in this process already
     */
    public static TakenOver inherited(SystemCalls calls, int descriptor) {
        // Two units that start at the same time must not both find the flag clear.
        synchronized (TakenOver.class) {
            check(calls, descriptor);
            try {
                calls.adopt(descriptor);
            } catch (CallFailed e) {
                throw new IllegalStateException(e.getMessage(), e);
            }
        }
        return new TakenOver(calls, descriptor);
    }

    /**
     * Checks that this process inherited a descriptor and has not taken it over yet.
     *
     * @throws IllegalStateException if the descriptor is not open, or is in use in this process already
     */
    public static void check(SystemCalls calls, int descriptor) {
        boolean adopted;
        try {
            adopted = calls.isAdopted(descriptor);
        } catch (CallFailed e) {
            throw new IllegalStateException(
                    e.getMessage()
                            + "; the parent of this process must leave the fault queue open in this process,"
                            + " under that number",
                    e);
        }
        if (adopted) {
            throw new IllegalStateException("descriptor " + descriptor
                    + " is in use in this process already, for example by another unit;"
                    + " give each unit a fault queue of its own");
        }
    }

    /**
     * Connects to a Unix stream socket, waits for a descriptor, and takes the descriptor over.
     *
     * @throws IllegalStateException if no process listens or no descriptor comes
     */
    public static TakenOver received(SystemCalls calls, String path) throws CallFailed {
        int socket;
        try {
            socket = calls.connect(path);
        } catch (CallFailed e) {
            throw new IllegalStateException(e.getMessage() + "; the VMM must listen there", e);
        }
        try {
            return new TakenOver(calls, calls.receiveDescriptor(socket));
        } catch (CallFailed e) {
            throw new IllegalStateException(
                    path + ": " + e.getMessage() + "; the VMM must send the fault queue with SCM_RIGHTS", e);
        } finally {
            calls.close(socket);
        }
    }

    @Override
    public int descriptor() {
        return descriptor;
    }

    @Override
    public FaultSource.KernelDevice device(DeviceChoice choice) {
        if (choice instanceof DeviceChoice.Attached attached) {
            return attached::id;
        }
        throw new IllegalArgumentException(
                "the device is behind a fault queue that was taken over; configure the device's id,"
                        + " and let the process that made the queue attach the device");
    }

    @Override
    public void close() throws CallFailed {
        calls.close(descriptor);
    }
}
