// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Pasid;
import io.pgfault.userfault.spec.AckRecord;
import io.pgfault.userfault.spec.ControlRecord;
import io.pgfault.userfault.spec.FaultRecord;
import io.pgfault.userfault.spec.FirstStageData;
import io.pgfault.userfault.spec.ResponseRecord;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** The host's end of the fault queue, driven by the thread of the test. */
final class FakeHost implements AutoCloseable {
    private static final int DEV_ID = 0x18;

    private final ServerSocketChannel listening;
    private SocketChannel guest;
    private int token;
    private int op;

    FakeHost(Path path) throws IOException {
        listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listening.bind(UnixDomainSocketAddress.of(path));
    }

    void accept() throws IOException {
        guest = listening.accept();
    }

    /** Sends one record. */
    void fault(int cookie, int pasid, int permissions, long address, boolean last) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(FaultRecord.SIZE);
        int flags = (pasid == Pasid.NONE ? 0 : FaultRecord.PASID_VALID) | (last ? FaultRecord.LAST_PAGE : 0);
        FaultRecord.put(record, 0, flags, DEV_ID, pasid, 0, permissions, address, cookie);
        write(record);
    }

    /** Waits for the guest's next byte; whether there is none any more. */
    boolean hasEnded() throws IOException {
        return guest.read(ByteBuffer.allocate(1)) < 0;
    }

    /** The next response: cookie and code. */
    String response() throws IOException {
        ByteBuffer record = read(ResponseRecord.SIZE);
        assertThat(ControlRecord.isControl(record, 0)).isFalse();
        return Integer.toUnsignedString(ResponseRecord.cookie(record, 0)) + " " + ResponseRecord.code(record, 0);
    }

    /** The next control record with its data: operation, device, PASID, and the structure. */
    String control() throws IOException {
        ByteBuffer header = read(ControlRecord.SIZE);
        assertThat(ControlRecord.isControl(header, 0)).isTrue();
        ByteBuffer data = read((int) ControlRecord.length(header, 0));
        token = ControlRecord.token(header, 0);
        op = ControlRecord.op(header, 0);
        int type = ControlRecord.type(header, 0);
        String place = " " + ControlRecord.devId(header, 0) + " " + ControlRecord.pasid(header, 0);
        return switch (op) {
            case ControlRecord.ATTACH -> "ATTACH" + place + " " + FirstStageData.firstStage(data, 0, type);
            case ControlRecord.DETACH -> "DETACH" + place;
            case ControlRecord.INVALIDATE -> "INVALIDATE" + place + " " + FirstStageData.invalidation(data, 0, type);
            case ControlRecord.DETACH_ALL -> "DETACH_ALL";
            default -> "operation " + op;
        };
    }

    /** Acknowledges the last control record. */
    void acknowledge(int errno) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(AckRecord.SIZE);
        AckRecord.put(record, 0, token, op, 1, errno);
        write(record);
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            guest.write(bytes);
        }
    }

    private ByteBuffer read(int size) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(size);
        while (bytes.hasRemaining()) {
            assertThat(guest.read(bytes)).as("the guest still writes").isPositive();
        }
        return bytes.flip();
    }

    @Override
    public void close() throws IOException {
        if (guest != null) {
            guest.close();
        }
        listening.close();
    }
}
