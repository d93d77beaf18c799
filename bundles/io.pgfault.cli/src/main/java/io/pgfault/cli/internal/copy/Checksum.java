// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.copy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The SHA-256 of a file, read by ordinary input. A thread of its own computes while the thread of the command reads.
 */
final class Checksum {
    private static final int BUFFER = 1 << 18;

    private final FutureTask<String> result;

    /** Begins to compute the SHA-256 of a file. */
    Checksum(Path file) {
        result = new FutureTask<>(() -> sha256(file));
        Thread thread = new Thread(result, "sha256 of " + file);
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits for the result, hexadecimal. */
    String await() throws IOException, InterruptedException {
        try {
            return result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
