// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;

/**
 * The calls as the C library of Linux makes them, through JNA. Structures and numbers are those of 64-bit little-endian
 * Linux (x86-64, arm64); other systems are refused.
 */
public final class LinuxCalls implements SystemCalls {
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int F_GETFD = 1;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;
    private static final int EFD_CLOEXEC = O_CLOEXEC;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int POLLIN = 0x1;
    private static final int POLLERR = 0x8;
    private static final int POLLHUP = 0x10;
    private static final int POLLNVAL = 0x20;

    /** {@code struct pollfd}: fd at 0, events at 4, revents at 6. */
    private static final int POLLFD_SIZE = 8;

    private static final int POLLFD_EVENTS = 4;
    private static final int POLLFD_REVENTS = 6;
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_CLOEXEC = O_CLOEXEC;

    /** {@code struct sockaddr_un}: family at 0, 108 bytes of path at 2. */
    private static final int SOCKADDR_UN_SIZE = 110;

    private static final int SOCKADDR_UN_PATH = 2;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVTIMEO = 20;

    /** {@code struct timeval}: seconds at 0, microseconds at 8. */
    private static final int TIMEVAL_SIZE = 16;

    private static final int PATIENCE_SECONDS = 5;

    /** For structures that a call needs while it lasts. */
    private static final int SCRATCH_SIZE = 16;

    private final ThreadLocal<ByteBuffer> scratch = ThreadLocal.withInitial(() -> buffer(SCRATCH_SIZE));
    private final LibC c;

    /** The functions by the names and signatures they have there; the last error is JNA's to keep. */
    interface LibC extends Library {
        int open(String path, int flags, int mode);

        int close(int fd);

        int fcntl(int fd, int command, int argument);

        NativeLong read(int fd, Pointer to, NativeLong length);

        NativeLong write(int fd, Pointer from, NativeLong length);

        int ioctl(int fd, NativeLong request, Pointer argument);

        int poll(Pointer descriptors, NativeLong count, int timeoutMillis);

        int eventfd(int initial, int flags);

        int socket(int domain, int type, int protocol);

        int connect(int fd, Pointer address, int length);

        int setsockopt(int fd, int level, int option, Pointer value, int length);

        NativeLong recvmsg(int fd, Pointer message, int flags);
    }

    /**
     * Loads the C library.
     *
     * @throws UnsupportedOperationException if this is no 64-bit little-endian Linux, or JNA does not work here
     */
    public LinuxCalls() {
        String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (!"Linux".equals(System.getProperty("os.name")) || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException(
                    "IOMMUFD is Linux's, and this is " + system + "; the models vtd and smmuv3 run everywhere");
        }
        try {
            this.c = Native.load("c", LibC.class);
        } catch (LinkageError e) {
            throw new UnsupportedOperationException(
                    "JNA can't make native calls on " + system
                            + "; if the folder for temporary files can't hold programs,"
                            + " set jna.tmpdir to a folder that can",
                    e);
        }
        if (Native.POINTER_SIZE != Long.BYTES) {
            throw new UnsupportedOperationException("a 64-bit Java is needed, and this is " + system);
        }
    }

    @Override
    public int open(String path) throws CallFailed {
        return (int) call("open " + path, () -> c.open(path, O_RDWR | O_CLOEXEC, 0));
    }

    @Override
    public void adopt(int descriptor) throws CallFailed {
        call("fcntl of descriptor " + descriptor, () -> c.fcntl(descriptor, F_SETFD, FD_CLOEXEC));
    }

    @Override
    public boolean isAdopted(int descriptor) throws CallFailed {
        return (call("fcntl of descriptor " + descriptor, () -> c.fcntl(descriptor, F_GETFD, 0)) & FD_CLOEXEC) != 0;
    }

    @Override
    public void close(int descriptor) throws CallFailed {
        // Once only: after an interrupted close Linux has closed the descriptor, and another file may have the number.
        if (c.close(descriptor) < 0 && Native.getLastError() != Errno.EINTR) {
            throw new CallFailed("close of descriptor " + descriptor, Native.getLastError());
        }
    }

    @Override
    public int read(int descriptor, ByteBuffer to, int length) throws CallFailed {
        Pointer pointer = pointer(to, 0, length);
        NativeLong count = new NativeLong(length);
        return (int) call("read", () -> c.read(descriptor, pointer, count).longValue());
    }

    @Override
    public int write(int descriptor, ByteBuffer from, int offset, int length) throws CallFailed {
        Pointer pointer = pointer(from, offset, length);
        NativeLong count = new NativeLong(length);
        return (int) call("write", () -> c.write(descriptor, pointer, count).longValue());
    }

    @Override
    public void ioctl(int descriptor, int request, ByteBuffer argument) throws CallFailed {
        Pointer pointer = pointer(argument, 0, argument.capacity());
        NativeLong number = new NativeLong(request);
        call("ioctl 0x" + Integer.toHexString(request), () -> c.ioctl(descriptor, number, pointer));
    }

    @Override
    public int poll(int first, int second, int timeoutMillis) throws CallFailed {
        ByteBuffer both = scratch.get()
                .putInt(0, first)
                .putInt(POLLFD_EVENTS, POLLIN)
                .putInt(POLLFD_SIZE, second)
                .putInt(POLLFD_SIZE + POLLFD_EVENTS, POLLIN);
        Pointer pointer = pointer(both, 0, 2 * POLLFD_SIZE);
        NativeLong count = new NativeLong(2);
        call("poll", () -> c.poll(pointer, count, timeoutMillis));
        int seen = both.getShort(POLLFD_REVENTS);
        return ((seen & POLLIN) != 0 ? READABLE : 0)
                | ((seen & (POLLERR | POLLHUP | POLLNVAL)) != 0 ? GONE : 0)
                | ((both.getShort(POLLFD_SIZE + POLLFD_REVENTS) & POLLIN) != 0 ? WOKEN : 0);
    }

    @Override
    public int event() throws CallFailed {
        return (int) call("eventfd", () -> c.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    }

    @Override
    public void signal(int event) throws CallFailed {
        try {
            write(event, scratch.get().putLong(0, 1), 0, Long.BYTES);
        } catch (CallFailed e) {
            if (e.errno() != Errno.EAGAIN) { // its count is full: it is signalled
                throw e;
            }
        }
    }

    @Override
    public void clear(int event) throws CallFailed {
        try {
            read(event, scratch.get(), Long.BYTES);
        } catch (CallFailed e) {
            if (e.errno() != Errno.EAGAIN) { // it was not signalled
                throw e;
            }
        }
    }

    @Override
    public int connect(String path) throws CallFailed {
        byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
        if (SOCKADDR_UN_PATH + bytes.length >= SOCKADDR_UN_SIZE) {
            throw new CallFailed("socket path of more than 107 bytes: " + path, Errno.EINVAL);
        }
        ByteBuffer address =
                buffer(SOCKADDR_UN_SIZE).putShort(0, (short) AF_UNIX).put(SOCKADDR_UN_PATH, bytes);
        Pointer pointer = pointer(address, 0, SOCKADDR_UN_SIZE);
        int socket = (int) call("socket", () -> c.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        boolean connected = false;
        try {
            Pointer patience = pointer(buffer(TIMEVAL_SIZE).putLong(0, PATIENCE_SECONDS), 0, TIMEVAL_SIZE);
            call("setsockopt", () -> c.setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, patience, TIMEVAL_SIZE));
            call("connect " + path, () -> c.connect(socket, pointer, SOCKADDR_UN_SIZE));
            connected = true;
        } finally {
            if (!connected) {
                close(socket);
            }
        }
        return socket;
    }

    @Override
    public int receiveDescriptor(int socket) throws CallFailed {
        DescriptorMessage message = new DescriptorMessage(this);
        Pointer header = pointer(message.header(), 0, DescriptorMessage.HEADER_SIZE);
        call("recvmsg", () -> c.recvmsg(socket, header, DescriptorMessage.CLOSE_ON_EXEC)
                .longValue());
        return message.descriptor();
    }

    @Override
    public long address(ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }

    /** Makes a call, again if a signal interrupted it. */
    private static long call(String what, LongSupplier call) throws CallFailed {
        while (true) {
            long result = call.getAsLong();
            if (result >= 0) {
                return result;
            }
            int errno = Native.getLastError();
            if (errno != Errno.EINTR) {
                throw new CallFailed(what, errno);
            }
        }
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Pointer pointer(ByteBuffer buffer, int offset, int length) {
        return Native.getDirectBufferPointer(buffer).share(offset, length);
    }
}
