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

/**
 * A client of a fault queue in user space, in a thread: it connects when there is a queue, writes each page's own address
 * all over the page in the memory that it shares with the devices, says yes, and ends when the queue goes.
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

    /** How many groups it served, once its queue has gone. */
    int groups() throws InterruptedException, ExecutionException, TimeoutException {
        return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** What it writes into a page. */
    static byte[] content(long page) {
        ByteBuffer bytes = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putLong(page);
        }
        return bytes.array();
    }

    private int serve() throws IOException, InterruptedException {
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

    private SocketChannel connect() throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try {
                return SocketChannel.open(UnixDomainSocketAddress.of(socket));
            } catch (IOException e) {
                if (System.nanoTime() - end > 0) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
