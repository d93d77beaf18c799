// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code iopf replay} of VT-d page request queue dumps, answer for answer against an independent table. */
@ExtendWith(RunningJar.Once.class)
class PrqReplayIT {
    private static final Path SAMPLE = Built.file("itests/samples/sample.prq");

    @TempDir
    private Path folder;

    private final RunningJar iopf;

    PrqReplayIT(RunningJar iopf) {
        this.iopf = iopf;
    }

    @Test
    void sampleIsAnsweredAsTheTableSays() throws Exception {
        check(Files.readAllBytes(SAMPLE), SAMPLE, 48, id -> true);
    }

    @Test
    void c04_everyLastRequestIsAnsweredOnce() throws Exception {
        byte[] dump = Files.readAllBytes(SAMPLE);
        PrqTable table = PrqTable.of(dump, 48, id -> true);
        long last = 0;
        for (int i = 8; i < dump.length; i += 32) {
            last += dump[i] >> 2 & 1;
        }
        assertThat(table.responses()).hasSize((int) (last - table.stopMarkers()));
    }

    @Test
    void v05_v06_v07_randomDumpIsAnsweredAsTheTableSays() throws Exception {
        long seed = System.nanoTime();
        byte[] dump = random(seed, 20_000, 48);
        Path file = Files.write(folder.resolve("random-" + seed + ".prq"), dump);
        check(dump, file, 48, id -> true);
        check(dump, file, 48, id -> id == 0x825 || id == 0x10, "--device", "0x825", "--device", "00:02.0");
    }

    @Test
    void v05_addressesOf57BitsAreCanonicalOnAUnitWithFiveLevels() throws Exception {
        long seed = System.nanoTime();
        byte[] dump = random(seed, 20_000, 57);
        Path file = Files.write(folder.resolve("random-" + seed + ".prq"), dump);
        Path platform = Files.writeString(folder.resolve("five-level.json"), """
                {
                  ":configurator:resource-version": 1,
                  "io.pgfault.vtd.unit~dmar5": { "io.pgfault.unit.name": "dmar5", "five.level": true }
                }
                """);
        check(dump, file, 57, id -> true, "--platform", platform);
        check(dump, file, 48, id -> true);
    }

    @Test
    void v02_overrunLosesRecordsAndNothingElse() throws Exception {
        long seed = System.nanoTime();
        byte[] dump = random(seed, 100_000, 48);
        PrqTable table = PrqTable.of(dump, 48, id -> true);
        Path file = Files.write(folder.resolve("random-" + seed + ".prq"), dump);
        Path platform = Files.writeString(folder.resolve("small.json"), """
                {
                  ":configurator:resource-version": 1,
                  "io.pgfault.vtd.unit~dmar0": { "io.pgfault.unit.name": "dmar0", "queue.size.order": 0 }
                }
                """);
        JsonObject json = iopf.run("replay", "--overrun", "--platform", platform, "--json", "-", file)
                .succeeded()
                .json();
        JsonObject responses = json.getJsonObject("responses");
        assertThat(json.getInt("records")).isEqualTo((int) table.records());
        assertThat(json.getInt("overflows")).as("seed %d", seed).isPositive();
        assertThat(json.getInt("discardedPartials")).as("seed %d", seed).isPositive();
        assertThat(json.getInt("requests")).as("seed %d", seed).isBetween(1, (int) table.requests() - 1);
        assertThat(responses.getInt("success") + responses.getInt("invalid"))
                .as("seed %d", seed)
                .isBetween(1, table.responses().size() - 1);
        assertThat(json.getInt("timedOut")).isZero();
    }

    /** The feed waits for the core's bounds: granted requests stay granted, however many there are. */
    @Test
    void c15_aFeedBeyondTheBoundOfPendingGroups_isGrantedCompletely() throws Exception {
        int records = 200_000;
        ByteBuffer dump = ByteBuffer.allocate(records * 32).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < records; i++) {
            // A page request of 00:02.0 with PASID 1, read, last, alone in its group; VT-d 4.1 §7.4.1.
            dump.putLong(1 | 1L << 8 | 0x10L << 16 | 1L << 32);
            dump.putLong((i % 64 + 1L) << 12 | (long) (i % 512) << 3 | 1 << 2 | 1);
            dump.putLong(0).putLong(0);
        }
        Path file = Files.write(folder.resolve("granted.prq"), dump.array());
        Path platform = Files.writeString(folder.resolve("bounded.json"), """
                {
                  ":configurator:resource-version": 1,
                  "io.pgfault.core": { "pending.per.device": 500 },
                  "io.pgfault.vtd.unit~dmar0": { "io.pgfault.unit.name": "dmar0" }
                }
                """);
        for (List<Object> options : List.of(List.of(), List.<Object>of("--platform", platform))) {
            List<Object> line = new ArrayList<>(List.of("replay", "--json", "-"));
            line.addAll(options);
            line.add(file);
            JsonObject json = iopf.run(line.toArray()).succeeded().json();
            assertThat(json.getJsonObject("responses").getInt("invalid")).isZero();
            assertThat(json.getJsonObject("responses").getInt("success")).isEqualTo(records);
            assertThat(json.getInt("limited")).isZero();
        }
    }

    private static byte[] random(long seed, int records, int addressBits) {
        Random random = new Random(seed);
        int[] devices = {0x10, 0x825, 0x7e85, 0xffff};
        int[] pasids = {0, 1, 77, 0xfffff};
        ByteBuffer dump = ByteBuffer.allocate(records * 32).order(ByteOrder.LITTLE_ENDIAN);
        while (dump.hasRemaining()) {
            boolean pasid = random.nextInt(8) > 0;
            long w0 = 1
                    | (pasid ? 1L << 8 : 0)
                    | (random.nextInt(4) == 0 ? 1L << 9 : 0)
                    | (long) devices[random.nextInt(devices.length)] << 16
                    | (pasid ? (long) pasids[random.nextInt(pasids.length)] << 32 : 0)
                    | (random.nextInt(20) == 0 ? 1L << 52 : 0)
                    | (random.nextInt(20) == 0 ? 1L << 53 : 0);
            int canonical = 64 - addressBits + 1;
            int shift = random.nextInt(20) == 0 ? canonical - random.nextInt(7) : canonical;
            long address = (random.nextLong() >> shift) & -4096L;
            // Two requests in three close a group: what stays open stays within a device's bound.
            long w1 =
                    address | (long) random.nextInt(64) << 3 | random.nextInt(4) | (random.nextInt(3) > 0 ? 1 << 2 : 0);
            dump.putLong(w0).putLong(w1).putLong(random.nextLong()).putLong(random.nextLong());
        }
        return dump.array();
    }

    @Test
    void mapsDecideWhatIsGranted() throws Exception {
        // PASID 5 may read page 1, PASID 6 nothing, and a request without PASID has no process.
        Path maps = Files.writeString(folder.resolve("five.maps"), "1000-2000 r--p 00000000 00:00 0 \n");
        Path answers = folder.resolve("answers.bin");
        Path file = folder.resolve("four.prq");
        ByteBuffer dump = ByteBuffer.allocate(4 * 32).order(ByteOrder.LITTLE_ENDIAN);
        long device = 0x825L << 16 | 1;
        request(dump, device | 1 << 8 | 5L << 32, 0x1000 | 1 << 3 | 0b101);
        request(dump, device | 1 << 8 | 5L << 32, 0x1000 | 2 << 3 | 0b110);
        request(dump, device | 1 << 8 | 6L << 32, 0x1000 | 3 << 3 | 0b101);
        request(dump, device, 0x1000 | 4 << 3 | 0b101);
        Files.write(file, dump.array());
        JsonObject json = iopf.run("replay", "--maps", "5=" + maps, "--responses", answers, "--json", "-", file)
                .succeeded()
                .json();
        assertThat(json.getJsonObject("responses").getInt("success")).isEqualTo(1);
        assertThat(json.getJsonObject("responses").getInt("invalid")).isEqualTo(3);
        assertThat(json.getInt("pagesPopulated")).isEqualTo(1);
        assertThat(PrqTable.responses(Files.readAllBytes(answers)))
                .contains("%016x %016x %016x %016x".formatted(9 | 1 << 4 | 0x825L << 16 | 5L << 32, 1 << 3, 0, 0));
    }

    @Test
    void truncatedDumpIsProcessedToItsLastWholeRecord() throws Exception {
        byte[] whole = Files.readAllBytes(SAMPLE);
        byte[] cut = Arrays.copyOf(whole, 100 * 32 + 17);
        Path file = Files.write(folder.resolve("cut.prq"), cut);
        Command run = iopf.run("replay", "--json", "-", file).succeeded();
        assertThat(run.json().getInt("records")).isEqualTo(100);
        assertThat(run.err()).contains("truncated", "cut.prq");
    }

    private void check(byte[] dump, Path file, int addressBits, IntPredicate known, Object... options)
            throws Exception {
        PrqTable table = PrqTable.of(dump, addressBits, known);
        Path answers = folder.resolve("answers.bin");
        Object[] line = new Object[options.length + 6];
        Object[] fixed = {"replay", "--responses", answers, "--json", "-", file};
        System.arraycopy(fixed, 0, line, 0, fixed.length);
        System.arraycopy(options, 0, line, fixed.length, options.length);
        JsonObject json = iopf.run(line).succeeded().json();
        assertThat(PrqTable.responses(Files.readAllBytes(answers)))
                .as("responses to " + file)
                .isEqualTo(table.responses());
        assertThat(json.getInt("records")).isEqualTo((int) table.records());
        assertThat(json.getInt("requests")).isEqualTo((int) table.requests());
        assertThat(json.getInt("groups")).isEqualTo((int) table.groups());
        assertThat(json.getJsonObject("responses").getInt("success")).isEqualTo((int) table.success());
        assertThat(json.getJsonObject("responses").getInt("invalid")).isEqualTo((int) table.invalid());
        assertThat(json.getInt("stopMarkers")).isEqualTo((int) table.stopMarkers());
        assertThat(json.getInt("badRequests")).isEqualTo((int) table.badRequests());
    }

    private static void request(ByteBuffer dump, long word0, long word1) {
        dump.putLong(word0).putLong(word1).putLong(0).putLong(0);
    }
}
