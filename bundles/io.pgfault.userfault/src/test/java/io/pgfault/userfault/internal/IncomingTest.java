// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.userfault.internal.nest.ControlRequest;
import io.pgfault.userfault.spec.ControlRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a client writes, in pieces of any size, and any bytes at all (rule N04). */
class IncomingTest {
    private final List<String> seen = new ArrayList<>();
    private final Incoming.Sink sink = new Incoming.Sink() {
        @Override
        public void response(int cookie, int code) {
            seen.add("response " + cookie + " " + code);
        }

        @Override
        public void control(ControlRequest request) {
            byte[] data = new byte[request.data().limit()];
            request.data().get(0, data);
            seen.add("control %d %d %d %d %d %s"
                    .formatted(
                            request.token(),
                            request.op(),
                            request.devId(),
                            request.pasid(),
                            request.type(),
                            HexFormat.of().formatHex(data)));
        }

        @Override
        public void tooLong(int token, int op) {
            seen.add("too long " + token + " " + op);
        }
    };

    /** A channel that gives bytes in pieces. */
    private static final class Pieces implements ReadableByteChannel {
        private final ByteBuffer bytes;
        private final Random random;
        private final int most;

        Pieces(ByteBuffer bytes, Random random, int most) {
            this.bytes = bytes;
            this.random = random;
            this.most = most;
        }

        @Override
        public int read(ByteBuffer to) {
            int n = Math.min(Math.min(1 + random.nextInt(most), to.remaining()), bytes.remaining());
            to.put(to.position(), bytes, bytes.position(), n).position(to.position() + n);
            bytes.position(bytes.position() + n);
            return n == 0 && !bytes.hasRemaining() ? -1 : n;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    private void receive(Incoming incoming, ByteBuffer bytes, Random random, int most) throws IOException {
        Pieces pieces = new Pieces(bytes, random, most);
        int reads = 0;
        while (incoming.receive(pieces, sink) >= 0) {
            assertThat(++reads).as("every read makes progress").isLessThan(1_000_000);
        }
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void responsesAndControlRecordsAreTakenApart_inPiecesOfAnySize() throws Exception {
        ByteBuffer bytes = buffer(8 + 24 + 3 + 8 + 24 + 30_000 + 24);
        bytes.putInt(7).putInt(0);
        ControlRecord.put(bytes, bytes.position(), 1, ControlRecord.ATTACH, 0x10, 9, ControlRecord.VTD_S1, 3);
        bytes.position(bytes.position() + 24).put(new byte[] {1, 2, 3});
        bytes.putInt(8).putInt(1);
        ControlRecord.put(bytes, bytes.position(), 2, ControlRecord.INVALIDATE, 0x10, 9, ControlRecord.VTD_S1, 30_000);
        bytes.position(bytes.position() + 24 + 30_000);
        ControlRecord.put(bytes, bytes.position(), 3, ControlRecord.DETACH, 0x10, 9, 0, 0);
        for (int most : new int[] {1, 7, 24, 4096, 1 << 20}) {
            seen.clear();
            receive(new Incoming(true), bytes.duplicate().rewind(), new Random(most), most);
            assertThat(seen)
                    .containsExactly(
                            "response 7 0",
                            "control 1 1 16 9 1 010203",
                            "response 8 1",
                            "too long 2 3",
                            "control 3 2 16 9 0 ");
        }
    }

    @Test
    void theLongestRecordFits() throws Exception {
        ByteBuffer bytes = buffer(24 + ControlRecord.MOST_DATA + 8);
        ControlRecord.put(bytes, 0, 1, ControlRecord.INVALIDATE, 0, 0, ControlRecord.VTD_S1, ControlRecord.MOST_DATA);
        bytes.putInt(24 + ControlRecord.MOST_DATA, 5);
        receive(new Incoming(true), bytes, new Random(1), 100_000);
        assertThat(seen).hasSize(2);
        assertThat(seen.get(0).length()).isEqualTo("control 1 3 0 0 1 ".length() + 2 * ControlRecord.MOST_DATA);
        assertThat(seen.get(1)).isEqualTo("response 5 0");
    }

    @Test
    void aQueueWithoutFirstStagesReadsResponsesOnly() throws Exception {
        ByteBuffer bytes = buffer(24);
        ControlRecord.put(bytes, 0, 1, ControlRecord.DETACH, 2, 3, 4, 0);
        receive(new Incoming(false), bytes, new Random(1), 100);
        assertThat(seen)
                .containsExactly(
                        "response 1 " + (ControlRecord.CONTROL | ControlRecord.DETACH), "response 2 3", "response 4 0");
    }

    @Test
    void n04_anyBytesAreRecordsOfSomeKind() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int run = 0; run < 200; run++) {
            byte[] noise = new byte[random.nextInt(200_000)];
            random.nextBytes(noise);
            ByteBuffer bytes = ByteBuffer.wrap(noise).order(ByteOrder.LITTLE_ENDIAN);
            // Lengths that are near the bounds, not only random ones, which are nearly always too long.
            for (int at = 0; at + 24 < noise.length; at += 24 + random.nextInt(64)) {
                bytes.putInt(at + 20, random.nextInt(2 * ControlRecord.MOST_DATA) - 100);
            }
            seen.clear();
            receive(new Incoming(true), bytes, random, 50_000);
            assertThat(seen.size()).as("seed %d, run %d", seed, run).isLessThanOrEqualTo(noise.length / 8);
        }
    }
}
