// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import java.nio.ByteBuffer;

/**
 * The system calls of this bundle, which work on file descriptors. Every native call is behind this interface, so that
 * tests run without a kernel. Buffers are direct. Any thread. The implementation repeats a call that a signal has
 * interrupted.
 */
public interface SystemCalls {
    /** Result bit of {@link #poll}: the first descriptor has something to read. */
    int READABLE = 1;

    /**
     * Result bit of {@link #poll}: the other end of the first descriptor is gone, or the first descriptor is not open.
     */
    int GONE = 1 << 1;

    /** Result bit of {@link #poll}: the second descriptor has something to read. */
    int WOKEN = 1 << 2;

    /** Opens a file for reading and writing. */
    int open(String path) throws CallFailed;

    /** Marks an open descriptor so that no child process inherits it (Linux: {@code FD_CLOEXEC}). */
    void adopt(int descriptor) throws CallFailed;

    /** Whether an open descriptor has the mark of {@link #adopt}. */
    boolean isAdopted(int descriptor) throws CallFailed;

    /** Closes a descriptor. */
    void close(int descriptor) throws CallFailed;

    /**
     * Reads up to {@code length} bytes to the start of {@code to}; returns the count of bytes, 0 if no byte is there.
     */
    int read(int descriptor, ByteBuffer to, int length) throws CallFailed;

    /** Writes {@code length} bytes of {@code from} from byte {@code offset} on; returns the count of taken bytes. */
    int write(int descriptor, ByteBuffer from, int offset, int length) throws CallFailed;

    /** Makes a request. The structure is at the start of {@code argument}, and the kernel writes its answer there. */
    void ioctl(int descriptor, int request, ByteBuffer argument) throws CallFailed;

    /**
     * Looks at two descriptors (Linux: {@code poll}).
     *
     * @param first a descriptor, negative for none
     * @param timeoutMillis the longest wait for a result bit, in ms; 0: no wait, -1: no limit
     * @return bits of {@link #READABLE}, {@link #GONE}, {@link #WOKEN}
     */
    int poll(int first, int second, int timeoutMillis) throws CallFailed;

    /** Makes a descriptor that {@link #signal} makes readable until {@link #clear} (Linux: {@code eventfd}). */
    int event() throws CallFailed;

    /** Makes an event's descriptor readable. */
    void signal(int event) throws CallFailed;

    /** Makes an event's descriptor unreadable again; never blocks. */
    void clear(int event) throws CallFailed;

    /** Connects to a Unix stream socket. A receive on the socket fails after five seconds. */
    int connect(String path) throws CallFailed;

    /**
     * Waits for a file descriptor on a Unix socket ({@code SCM_RIGHTS}) and receives it.
     *
     * @throws CallFailed with {@link Errno#EPIPE} if the other end sends no descriptor
     */
    int receiveDescriptor(int socket) throws CallFailed;

    /** The address of a direct buffer's first byte, for structures that hold pointers. */
    long address(ByteBuffer direct);
}
