// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static io.pgfault.itests.Dumps.bit;

import io.pgfault.itests.Dumps.Expected;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code iopf replay} of SMMUv3 PRI queue dumps, answer for answer against an independent table. */
@ExtendWith(RunningJar.Once.class)
class PriqReplayIT {
    private static final Path SAMPLE = Built.file("itests/samples/sample.priq");

    @TempDir
    private Path folder;

    private final RunningJar iopf;

    PriqReplayIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    @Test
    void sampleIsAnsweredAsTheTableSays() throws Exception {
        Dumps.check(iopf, table(Files.readAllBytes(SAMPLE), id -> true), 2, folder, SAMPLE);
    }

    @Test
    void a06_a07_randomDumpIsAnsweredAsTheTableSays() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ByteBuffer dump = ByteBuffer.allocate(20_000 * 16).order(ByteOrder.LITTLE_ENDIAN);
        while (dump.hasRemaining()) {
            // Two requests in three close a group: what stays open stays within a device's bound.
            dump.putLong(Dumps.one(random, 0x10, 0x825, 0x1_0000, 0xffff_ffffL)
                    | Dumps.one(random, 0, 1, 77, 0xfffff) << 32
                    | (long) random.nextInt(16) << 58
                    | (random.nextInt(3) > 0 ? 1L << 62 : 0)
                    | (random.nextInt(4) > 0 ? 1L << 63 : 0));
            dump.putLong((random.nextLong() & -4096L) | random.nextInt(64));
        }
        Path file = Files.write(folder.resolve("random-" + seed + ".priq"), dump.array());
        Dumps.check(iopf, table(dump.array(), id -> true), 2, folder, file);
        Dumps.check(
                iopf,
                table(dump.array(), id -> id == 0x10 || id == 0x1_0000),
                2,
                folder,
                file,
                "--device",
                "00:02.0",
                "--device",
                "65536");
    }

    /** The rules A06 and A07, record by record. Everything that is reported is granted. */
    private static Expected table(byte[] dump, LongPredicate known) {
        ByteBuffer words = ByteBuffer.wrap(dump).order(ByteOrder.LITTLE_ENDIAN);
        List<String> responses = new ArrayList<>();
        long requests = 0;
        long groups = 0;
        long invalid = 0;
        long markers = 0;
        long bad = 0;
        for (int at = 0; at < dump.length; at += 16) {
            long w0 = words.getLong(at);
            boolean ssv = bit(w0, 63);
            boolean last = bit(w0, 62);
            long stream = w0 & 0xffff_ffffL;
            if (last && ssv && !bit(w0, 60) && !bit(w0, 61)) {
                markers++;
                continue;
            }
            boolean granted = known.test(stream);
            requests += granted ? 1 : 0;
            bad += granted ? 0 : 1;
            if (last) {
                groups += granted ? 1 : 0;
                invalid += granted ? 0 : 1;
                long substream = w0 >>> 32 & 0xfffff;
                responses.add(Dumps.text(
                        0x41 | (ssv ? 1L << 11 | substream << 12 : 0) | stream << 32,
                        (words.getLong(at + 8) & 0x1ff) | (granted ? 2L : 1L) << 12));
            }
        }
        responses.sort(null);
        return new Expected(dump.length / 16, requests, groups, groups, invalid, markers, bad, 0, responses);
    }
}
