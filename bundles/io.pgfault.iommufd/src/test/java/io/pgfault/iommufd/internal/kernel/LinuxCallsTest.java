// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The real calls, on what every Linux has: events, sockets, {@code /dev/null}. */
@EnabledOnOs(OS.LINUX)
class LinuxCallsTest {
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;

    private final LinuxCalls calls = new LinuxCalls();
    private final PeerC peer = Native.load("c", PeerC.class);

    @TempDir
    private Path folder;

    /** What the other side of a socket calls. */
    interface PeerC extends Library {
        int socketpair(int domain, int type, int protocol, int[] descriptors);

        int socket(int domain, int type, int protocol);

        int bind(int fd, Pointer address, int length);

        int listen(int fd, int backlog);

        int accept(int fd, Pointer address, Pointer length);

        NativeLong sendmsg(int fd, Pointer message, int flags);

        NativeLong write(int fd, Pointer from, NativeLong length);
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void eventIsReadableFromSignalToClear() throws Exception {
        int event = calls.event();
        int other = calls.event();
        assertThat(calls.poll(event, other, 0)).isZero();
        calls.clear(event); // does not block
        calls.signal(other);
        calls.signal(other);
        assertThat(calls.poll(event, other, -1)).isEqualTo(SystemCalls.WOKEN);
        calls.clear(other);
        calls.signal(event);
        assertThat(calls.poll(event, other, -1)).isEqualTo(SystemCalls.READABLE);
        calls.close(event);
        assertThat(calls.poll(event, other, -1)).isEqualTo(SystemCalls.GONE);
        calls.close(other);
    }

    @Test
    void bytesGoThroughASocketPair_andItsEndIsSeen() throws Exception {
        int[] pair = new int[2];
        assertThat(peer.socketpair(AF_UNIX, SOCK_STREAM, 0, pair)).isZero();
        int event = calls.event();
        ByteBuffer out = buffer(16).putLong(0, 1).putLong(8, 0x0123_4567_89ab_cdefL);
        assertThat(calls.write(pair[0], out, 8, 8)).isEqualTo(8);
        assertThat(calls.poll(pair[1], event, -1)).isEqualTo(SystemCalls.READABLE);
        ByteBuffer in = buffer(16);
        assertThat(calls.read(pair[1], in, 16)).isEqualTo(8);
        assertThat(in.getLong(0)).isEqualTo(0x0123_4567_89ab_cdefL);
        calls.close(pair[0]);
        assertThat(calls.poll(pair[1], event, -1) & SystemCalls.GONE).isNotZero();
        calls.close(pair[1]);
        calls.close(event);
    }

    @Test
    void errorsHaveTheirNumbers() throws Exception {
        assertThatExceptionOfType(CallFailed.class)
                .isThrownBy(() -> calls.open("/dev/no-such-device"))
                .withMessageContainingAll("/dev/no-such-device", "ENOENT")
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
        int none = calls.open("/dev/null");
        assertThatExceptionOfType(CallFailed.class)
                .isThrownBy(() -> calls.ioctl(none, Uapi.FAULT_QUEUE_ALLOC, buffer(16)))
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOTTY));
        calls.close(none);
        assertThatExceptionOfType(CallFailed.class)
                .isThrownBy(() -> calls.adopt(none))
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
    }

    /** A device that answers no request of IOMMUFD counts as a kernel that doesn't know them. */
    @Test
    void kernelThatKnowsNoFaultQueues_isTold() {
        assertThatIllegalStateException()
                .isThrownBy(() -> Iommufd.open(calls, "/dev/null"))
                .withMessageContainingAll(
                        "/dev/null has no fault queues", "Linux 6.11", System.getProperty("os.version"));
    }

    @Test
    void descriptorIsReceivedOverASocket() throws Exception {
        Path path = folder.resolve("vmm");
        int listening = listen(path);
        int[] pair = new int[2];
        assertThat(peer.socketpair(AF_UNIX, SOCK_STREAM, 0, pair)).isZero();
        CompletableFuture<Void> vmm = CompletableFuture.runAsync(() -> {
            int accepted = peer.accept(listening, null, null);
            send(accepted, pair[1]);
        });
        TakenOver taken = TakenOver.received(calls, path.toString());
        vmm.get(5, TimeUnit.SECONDS);
        assertThat(taken.descriptor()).isNotIn(pair[0], pair[1], listening);
        calls.write(pair[0], buffer(8).putLong(0, 42), 0, 8);
        ByteBuffer in = buffer(8);
        calls.read(taken.descriptor(), in, 8);
        assertThat(in.getLong(0)).isEqualTo(42);
        taken.close();
    }

    @Test
    void senderWithoutADescriptor_isTold() throws Exception {
        Path path = folder.resolve("vmm");
        int listening = listen(path);
        CompletableFuture<Void> vmm = CompletableFuture.runAsync(() -> {
            int accepted = peer.accept(listening, null, null);
            peer.write(accepted, new Memory(1), new NativeLong(1));
        });
        assertThatIllegalStateException()
                .isThrownBy(() -> TakenOver.received(calls, path.toString()))
                .withMessageContainingAll("SCM_RIGHTS", path.toString());
        vmm.get(5, TimeUnit.SECONDS);
    }

    private int listen(Path path) {
        int listening = peer.socket(AF_UNIX, SOCK_STREAM, 0);
        Memory address = new Memory(110);
        address.clear();
        address.setShort(0, (short) AF_UNIX);
        address.setString(2, path.toString());
        assertThat(peer.bind(listening, address, 110)).isZero();
        assertThat(peer.listen(listening, 1)).isZero();
        return listening;
    }

    private void send(int socket, int descriptor) {
        DescriptorMessage message = new DescriptorMessage(calls);
        ByteBuffer header = message.header();
        Pointer control = new Pointer(header.getLong(32));
        control.setLong(0, 20);
        control.setInt(8, 1);
        control.setInt(12, 1);
        control.setInt(16, descriptor);
        assertThat(peer.sendmsg(socket, Native.getDirectBufferPointer(header), 0)
                        .longValue())
                .isEqualTo(1);
    }
}
