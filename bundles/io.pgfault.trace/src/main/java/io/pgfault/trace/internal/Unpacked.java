// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.tukaani.xz.CorruptedInputException;
import org.tukaani.xz.XZFormatException;
import org.tukaani.xz.XZInputStream;

/** What a file holds under its compression and its encoding: the first bytes tell which these are. */
public final class Unpacked {
    private static final int BUFFER_SIZE = 1 << 16;
    /** The most memory, in KiB, that the dictionary of an xz file may take. */
    private static final int XZ_MEMORY = 1 << 16;

    private Unpacked() {}

    /**
     * The plain data of a stream.
     *
     * @param raw the bytes, nothing read of them yet
     * @param head a look at the first bytes of {@code raw}
     * @throws EOFException if compressed data ends within its header
     */
    public static InputStream of(InputStream raw, CountingInputStream head) throws IOException {
        if (head.startsWith(0x1f, 0x8b)) {
            return text(new GZIPInputStream(raw, BUFFER_SIZE));
        }
        if (head.startsWith(0xfd, '7', 'z', 'X', 'Z', 0)) {
            return text(new XZInputStream(raw, XZ_MEMORY));
        }
        if (head.startsWith(0x28, 0xb5, 0x2f, 0xfd)) {
            return text(new ZstdInputStream(raw));
        }
        return Utf16Stream.isUtf16(head) ? new Utf16Stream(raw) : raw;
    }

    private static InputStream text(InputStream unpacked) throws IOException {
        PushbackInputStream head = new PushbackInputStream(unpacked, 2);
        int first = head.read();
        int second = first < 0 ? -1 : head.read();
        if (second >= 0) {
            head.unread(second);
        }
        if (first >= 0) {
            head.unread(first);
        }
        boolean utf16 = (first == 0xff && second == 0xfe) || (first == 0xfe && second == 0xff);
        return utf16 ? new Utf16Stream(head) : head;
    }

    /** Whether compressed data has ended early. */
    public static boolean truncated(IOException e) {
        return e instanceof EOFException
                || (e instanceof ZstdIOException zstd
                        && String.valueOf(zstd.getMessage()).contains("Truncated"));
    }

    /** What a message says about data that is damaged; empty if the failure is another one. */
    public static Optional<String> corrupt(IOException e) {
        if (e instanceof CorruptedInputException || e instanceof XZFormatException) {
            return Optional.of("corrupt xz data");
        }
        return e instanceof ZstdIOException ? Optional.of("corrupt zstd data: " + e.getMessage()) : Optional.empty();
    }
}
