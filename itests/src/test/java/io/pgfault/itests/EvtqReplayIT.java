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

/** {@code iopf replay} of SMMUv3 event queue dumps, answer for answer against an independent table. */
@ExtendWith(RunningJar.Once.class)
class EvtqReplayIT {
    private static final Path SAMPLE = Built.file("itests/samples/sample.evtq");

    @TempDir
    private Path folder;

    private final RunningJar iopf;

    EvtqReplayIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    @Test
    void sampleIsAnsweredAsTheTableSays() throws Exception {
        Dumps.check(iopf, table(Files.readAllBytes(SAMPLE), id -> true), 2, folder, SAMPLE);
    }

    @Test
    void a01_a02_a04_a10_randomDumpIsAnsweredAsTheTableSays() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ByteBuffer dump = ByteBuffer.allocate(20_000 * 32).order(ByteOrder.LITTLE_ENDIAN);
        while (dump.hasRemaining()) {
            long id = random.nextInt(3) > 0 ? 0x10 + random.nextInt(4) : random.nextInt(256);
            dump.putLong(id
                    | (random.nextInt(4) > 0 ? 1 << 11 | Dumps.one(random, 0, 1, 77, 0xfffff) << 12 : 0)
                    | Dumps.one(random, 0x10, 0x825, 0x1_0000, 0xffff_ffffL) << 32);
            dump.putLong(random.nextLong() & 0x0000_0383_ffff_ffffL & (random.nextInt(4) > 0 ? -1 : ~(1L << 31)));
            dump.putLong(random.nextLong());
            dump.putLong(random.nextLong() & 0x000f_ffff_ffff_f000L);
        }
        Path file = Files.write(folder.resolve("random-" + seed + ".evtq"), dump.array());
        Dumps.check(iopf, table(dump.array(), id -> true), 2, folder, file);
        Dumps.check(
                iopf,
                table(dump.array(), id -> id == 0x825 || id == 0xffff_ffffL),
                2,
                folder,
                file,
                "--device",
                "0x825",
                "--device",
                "0xffffffff");
    }

    /** The rules A01 to A04 and A10, record by record. Everything that can be answered is granted. */
    private static Expected table(byte[] dump, LongPredicate known) {
        ByteBuffer words = ByteBuffer.wrap(dump).order(ByteOrder.LITTLE_ENDIAN);
        List<String> responses = new ArrayList<>();
        long granted = 0;
        long bad = 0;
        long unrecoverable = 0;
        for (int at = 0; at < dump.length; at += 32) {
            long w0 = words.getLong(at);
            long w1 = words.getLong(at + 8);
            long stream = w0 >>> 32;
            long event = w0 & 0xff;
            long faultClass = w1 >>> 40 & 3;
            if (!bit(w1, 31)) {
                unrecoverable++;
                continue;
            }
            boolean retry = false;
            if (!known.test(stream) || event < 0x10 || event > 0x13 || faultClass == 3) {
                bad++;
            } else if (bit(w1, 39) || faultClass != 2) {
                unrecoverable++;
            } else {
                granted++;
                retry = true;
            }
            responses.add(Dumps.text(0x44 | (retry ? 1L : 2L) << 12 | stream << 32, w1 & 0xffff));
        }
        responses.sort(null);
        long aborted = responses.size() - granted;
        return new Expected(dump.length / 32, granted, granted, granted, aborted, 0, bad, unrecoverable, responses);
    }
}
