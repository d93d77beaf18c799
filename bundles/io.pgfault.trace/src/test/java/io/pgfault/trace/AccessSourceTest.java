// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Accesses from what people record: events of the kernel, lists of addresses, and the compact binary form. */
class AccessSourceTest {
    private static final int READ = 1;
    private static final int WRITE = 2;

    @TempDir
    private Path folder;

    private record Access(int permissions, long address, int size) {}

    private static List<Access> read(String text) throws Exception {
        return read(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)).readAllBytes());
    }

    private static List<Access> read(byte[] bytes) throws Exception {
        TraceFile file = TraceFile.of("test", new ByteArrayInputStream(bytes));
        List<Access> all = new ArrayList<>();
        try (AccessSource source = AccessFiles.open(file, TraceFormat.detect(file))) {
            while (source.next()) {
                all.add(new Access(source.permissions(), source.address(), source.size()));
            }
            assertThat(source.accesses()).isEqualTo(all.size());
        }
        return all;
    }

    /** As {@code perf script}, the file {@code trace} of tracefs, and {@code trace-cmd report} print one event. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cat 71 [001] 12.3: exceptions:page_fault_user: address=0x7f3c5d201008 ip=0x7f3c ... error_code=0x6 | 2",
                "cat-71 [001] d..1. 12.3: page_fault_user: address=0x7f3c5d201008 ip=0x7f3c error_code=0x4 | 1",
                "cat-71 [001] 12.3: page_fault_user: address=0x7f3c5d201008 ip=__libc_start+0x20 error_code=0x14 | 1",
                "kworker 9 [0] 1.5: iommu:io_page_fault: IOMMU:[drv] 0000:00:1f.2 iova=0x7f3c5d201008 flags=0x0001 | 2",
                "kworker-9 [0] 1.5: io_page_fault: IOMMU:[drv] 0000:00:1f.2 iova=0x7f3c5d201008 flags=0x0000 | 1"
            })
    void anEventOfTheKernel_isAnAccess(String line, int permissions) throws Exception {
        assertThat(read("# tracer: nop\n\n" + line + "\nnoise\n"))
                .containsExactly(new Access(permissions, 0x7f3c5d201008L, 1));
    }

    @Test
    void aPageRequestOfTheKernelsTrace_isAnAccess() throws Exception {
        assertThat(read(
                        "irq/1 [0] 1.0: prq_report: dmar0/0000:00:0a.0 seq# 1: rid=0x50 addr=0x559ef6f97 rw--l pasid=0x2"
                                + " index=0x1\n"))
                .containsExactly(new Access(READ | WRITE, 0x559ef6f97000L, 1));
    }

    /** Words by the specifications: VT-d 4.1 §7.4.1, IHI 0070 F.b §8.1 and §7.3.13. */
    @Test
    void recordsOfAQueue_areAccesses_withoutStopMarkers() throws Exception {
        long prq = 1L | 1L << 8 | 0x50L << 16; // type 1 with a PASID, of 00:0a.0
        assertThat(records(
                        TraceFormat.PRQ,
                        prq,
                        0x7f3c5d201000L | 3,
                        0,
                        0,
                        prq,
                        4, // neither read nor write, the last one: a stop marker
                        0,
                        0,
                        prq,
                        0x2000L | 5,
                        0,
                        0))
                .containsExactly(new Access(READ | WRITE, 0x7f3c5d201000L, 1), new Access(READ, 0x2000, 1));
        long read = 1L << 60;
        long write = 1L << 61;
        assertThat(records(TraceFormat.PRIQ, read | 7, 0x7f3c5d201000L | 9, write, 0x3000, 0, 0x4000))
                .containsExactly(new Access(READ, 0x7f3c5d201000L, 1), new Access(WRITE, 0x3000, 1));
        assertThat(records(TraceFormat.EVTQ, 0x10, 1L << 35, 0x7f3c5d201008L, 0, 0x13, 0, 0x5000, 0, 0x0a, 0, 0, 0))
                .containsExactly(new Access(READ, 0x7f3c5d201008L, 1), new Access(WRITE, 0x5000, 1));
    }

    private static List<Access> records(TraceFormat format, long... words) throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long word : words) {
            bytes.putLong(word);
        }
        List<Access> all = new ArrayList<>();
        try (AccessSource source =
                AccessFiles.open(TraceFile.of("dump", new ByteArrayInputStream(bytes.array())), format)) {
            while (source.next()) {
                all.add(new Access(source.permissions(), source.address(), source.size()));
            }
        }
        return all;
    }

    @Test
    void aListOfAddresses_isAccesses() throws Exception {
        assertThat(read("# handler\n0x7f001000\n7F002fff w\n\n 0x10 rw # both\n"))
                .containsExactly(
                        new Access(READ, 0x7f001000L, 1),
                        new Access(WRITE, 0x7f002fffL, 1),
                        new Access(READ | WRITE, 0x10, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0x7f001000\nnine\n", "0x12345678901234567\n", "0x10 x\n"})
    void anotherLineInAList_isNamed(String text) {
        assertThatThrownBy(() -> {
                    try (AccessSource source = new AddressListReader(
                            TraceFile.of("list", new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII))))) {
                        while (source.next()) {}
                    }
                })
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContaining("list: line ");
    }

    private static List<Access> random(int count) {
        Random random = new Random(1);
        List<Access> all = new ArrayList<>();
        long address = 0x7fff_0000_0000L;
        for (int i = 0; i < count; i++) {
            address = switch (random.nextInt(8)) {
                case 0 -> random.nextLong();
                case 1 -> random.nextBoolean() ? -1 : 0;
                default -> address + (random.nextInt(1 << random.nextInt(31)) - 100);
            };
            int size = random.nextInt(4) == 0 ? 1 + random.nextInt(100_000) : 1 << random.nextInt(7);
            all.add(new Access(1 + random.nextInt(3), address, size));
        }
        return all;
    }

    private byte[] written(List<Access> all) throws Exception {
        Path path = folder.resolve("all.iopf");
        try (AccessFileWriter writer = AccessFileWriter.create(path)) {
            for (Access access : all) {
                writer.write(access.permissions(), access.address(), access.size());
            }
        }
        return Files.readAllBytes(path);
    }

    @Test
    void whatIsWritten_isRead() throws Exception {
        List<Access> all = random(100_000);
        assertThat(read(written(all))).isEqualTo(all);
    }

    @Test
    void aFileThatIsCutAnywhere_isUnreadable() throws Exception {
        byte[] bytes = written(random(30));
        for (int length = 8; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> read(cut))
                    .as("cut after %d bytes", length)
                    .isInstanceOf(UnreadableInput.class)
                    .hasMessageContaining("truncated");
        }
    }

    @Test
    void everyFormat_isOfFaultsOrOfAccesses() {
        assertThat(Arrays.stream(TraceFormat.values()).filter(TraceFormat::accesses))
                .containsExactly(TraceFormat.LACKEY, TraceFormat.FAULTS, TraceFormat.ADDRESSES, TraceFormat.IOPF);
    }
}
