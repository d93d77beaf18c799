// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * A client of a fault queue in user space, with a thread of its own. The client's thread connects to the queue, fills
 * each requested page of the shared memory with the page's address, answers SUCCESS, and ends when the queue closes its
 * socket.
 */
final class GrantingClient implements AutoCloseable {
    private static final int RECORD = 40;
    private static final int PAGE = 4096;
    private static final long PATIENCE_SECONDS = 60;

    private final Path socket;
    private final Path memory;
    private final FutureTask<Integer> task = new FutureTask<>(this::serve);
    private final Thread thread = new Thread(task, "granting client");

    GrantingClient(Path socket, Path memory) {
        this.socket = socket;
        this.memory = memory;
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits for the end of the client's thread and returns the count of groups that the thread served. */
    int groups() throws InterruptedException, ExecutionException, TimeoutException {
        return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** The bytes that the client writes into a page. */
    static byte[] content(long page) {
        ByteBuffer bytes = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putLong(page);
        }
        return bytes.array();
    }

    private int serve() throws IOException {
        int groups = 0;
        ByteBuffer record = ByteBuffer.allocate(RECORD).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer response = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        try (SocketChannel queue = connect();
                FileChannel bytes = FileChannel.open(memory, StandardOpenOption.WRITE)) {
            while (queue.read(record) >= 0) {
                if (record.hasRemaining()) {
                    continue;
                }
                if (record.getInt(0) < 0) {
                    throw new IOException("refused, errno " + record.getInt(32));
                }
                long page = record.getLong(24) & -PAGE;
                bytes.write(ByteBuffer.wrap(content(page)), page);
                if ((record.getInt(0) & 2) != 0) {
                    groups++;
                    response.clear();
                    response.putInt(record.getInt(36)).putInt(0).flip();
                    queue.write(response);
                }
                record.clear();
            }
        }
        return groups;
    }

    /**
     * Connects; the queue may open its socket later than this client starts. The container of the test has no library
     * that waits for conditions, so this method looks again every 10 ms.
     */
    private SocketChannel connect() throws IOException {
        long start = System.nanoTime();
        while (true) {
            try {
                return SocketChannel.open(UnixDomainSocketAddress.of(socket));
            } catch (IOException e) {
                if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
                    throw e;
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
