// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;

/** Input files for tests. */
public final class Inputs {
    private Inputs() {}

    /** Text as bytes. */
    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** 64-bit words, little-endian. */
    public static byte[] words(long... words) {
        ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES * words.length).order(ByteOrder.LITTLE_ENDIAN);
        for (long word : words) {
            buffer.putLong(word);
        }
        return buffer.array();
    }

    /** A file in a folder. */
    public static Path file(Path folder, String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    /** A compressed file in a folder. */
    public static Path gzip(Path folder, String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), gzip(content));
    }

    /** Compressed bytes. */
    public static byte[] gzip(byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
