// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Buffers a file, and knows how much of it has been taken. */
public final class CountingInputStream extends FilterInputStream {
    private long count;

    public CountingInputStream(InputStream file, int bufferSize) {
        super(new BufferedInputStream(file, bufferSize));
    }

    /** How many bytes have been read. */
    public long count() {
        return count;
    }

    /** Whether the next bytes are these; takes nothing. */
    public boolean startsWith(int... bytes) throws IOException {
        in.mark(bytes.length);
        boolean equal = true;
        for (int b : bytes) {
            equal = equal && in.read() == b;
        }
        in.reset();
        return equal;
    }

    @Override
    public int read() throws IOException {
        int b = in.read();
        count += b < 0 ? 0 : 1;
        return b;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        int n = in.read(bytes, from, length);
        count += Math.max(n, 0);
        return n;
    }

    @Override
    public long skip(long n) throws IOException {
        long skipped = in.skip(n);
        count += skipped;
        return skipped;
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
