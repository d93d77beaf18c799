// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

/**
 * A fault queue that another process, a VMM for example, made and handed over. From then on only this process reads and
 * writes the queue. The process that made the queue attaches and detaches the devices.
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
     * @throws IllegalStateException if it is not open
     */
    public static TakenOver inherited(SystemCalls calls, int descriptor) {
        try {
            calls.adopt(descriptor);
        } catch (CallFailed e) {
            throw new IllegalStateException(
                    e.getMessage()
                            + "; the parent of this process must leave the fault queue open in this process, under that number",
                    e);
        }
        return new TakenOver(calls, descriptor);
    }

    /**
     * Connects to a Unix stream socket and takes over the descriptor that is sent there; waits for it.
     *
     * @throws IllegalStateException if nobody listens or no descriptor comes
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
    public KernelDevice device(DeviceChoice choice) {
        if (choice instanceof DeviceChoice.Attached attached) {
            return attached::id;
        }
        throw new IllegalArgumentException(
                "this fault queue was taken over: its devices are named by id, and the process that made the queue attaches them");
    }

    @Override
    public void close() throws CallFailed {
        calls.close(descriptor);
    }
}
