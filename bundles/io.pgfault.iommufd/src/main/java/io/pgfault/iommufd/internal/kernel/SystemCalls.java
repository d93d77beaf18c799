// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import java.nio.ByteBuffer;

/**
 * The system calls that this bundle makes: operations on file descriptors. Everything native is behind this, so that
 * every rule can be tested without a kernel. Buffers are direct. Any thread. A call that a signal interrupted is made again.
 */
public interface SystemCalls {
    /** Result bit of {@link #poll}: the first descriptor has something to read. */
    int READABLE = 1;

    /** Result bit of {@link #poll}: the other end of the first descriptor is gone, or it is no open descriptor. */
    int GONE = 1 << 1;

    /** Result bit of {@link #poll}: the second descriptor has something to read. */
    int WOKEN = 1 << 2;

    /** Opens a file for reading and writing. */
    int open(String path) throws CallFailed;

    /** Makes sure that an inherited descriptor is open, and that no child inherits it in turn. */
    void adopt(int descriptor) throws CallFailed;

    /** Closes a descriptor. */
    void close(int descriptor) throws CallFailed;

    /** Reads up to {@code length} bytes to the start of {@code to}; returns how many, 0 if there are none. */
    int read(int descriptor, ByteBuffer to, int length) throws CallFailed;

    /** Writes {@code length} bytes of {@code from} from byte {@code offset} on; returns how many were taken. */
    int write(int descriptor, ByteBuffer from, int offset, int length) throws CallFailed;

    /** Makes a request with its structure at the start of {@code argument}, where the answer is written too. */
    void ioctl(int descriptor, int request, ByteBuffer argument) throws CallFailed;

    /**
     * Looks at two descriptors (Linux: {@code poll}).
     *
     * @param first a descriptor, negative for none
     * @param timeoutMillis how long to wait until one of the result bits is set, in ms: 0 for not at all, -1 for ever
     * @return bits of {@link #READABLE}, {@link #GONE}, {@link #WOKEN}
     */
    int poll(int first, int second, int timeoutMillis) throws CallFailed;

    /** Makes a descriptor that {@link #signal} makes readable until {@link #clear} (Linux: {@code eventfd}). */
    int event() throws CallFailed;

    /** Makes an event's descriptor readable. */
    void signal(int event) throws CallFailed;

    /** Makes an event's descriptor unreadable again; never blocks. */
    void clear(int event) throws CallFailed;

    /** Connects to a Unix stream socket; what is received there has to come within five seconds. */
    int connect(String path) throws CallFailed;

    /**
     * Receives one file descriptor over a Unix socket ({@code SCM_RIGHTS}); waits for it.
     *
     * @throws CallFailed with {@link Errno#EPIPE} if the other end sends none
     */
    int receiveDescriptor(int socket) throws CallFailed;

    /** The address of a direct buffer's first byte, for structures that hold pointers. */
    long address(ByteBuffer direct);
}
