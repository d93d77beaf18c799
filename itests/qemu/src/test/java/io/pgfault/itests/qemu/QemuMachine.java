// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import io.pgfault.api.PhysicalMemory;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A machine of QEMU with a VT-d unit and {@code edu} devices on bus 0. Its memory is a file that this process maps. Its
 * firmware is a halt instruction: nothing in the machine runs but devices. One thread.
 */
final class QemuMachine implements AutoCloseable, PhysicalMemory {
    static final int MEMORY = 256 << 20;
    private static final long VTD = 0xfed9_0000L;
    private static final long BARS = 0xc000_0000L;
    private static final long BAR = 1 << 20;
    private static final int FIRST_SLOT = 1;
    private static final long HOLE = 0xa_0000;
    private static final long HOLE_END = 0x10_0000;
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter commands;
    private final MappedByteBuffer memory;

    /**
     * Starts a machine.
     *
     * @param directory for its memory and firmware
     * @param edus how many devices, 1 to 232
     * @param unit the unit as QEMU's option {@code -device} has it
     */
    QemuMachine(Path directory, int edus, String unit) throws IOException {
        Path ram = directory.resolve("ram");
        try (FileChannel file =
                FileChannel.open(ram, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            memory = file.map(FileChannel.MapMode.READ_WRITE, 0, MEMORY);
        }
        byte[] firmware = new byte[0x10000];
        ByteBuffer.wrap(firmware).putInt(0xfff0, 0xfaf4_ebfd);
        Files.write(directory.resolve("halt"), firmware);
        List<String> line = new ArrayList<>(
                List.of("qemu-system-x86_64", "-accel", "tcg", "-m", "256", "-display", "none", "-nodefaults"));
        line.addAll(List.of("-machine", "q35,kernel-irqchip=split,memory-backend=ram"));
        line.addAll(List.of("-object", "memory-backend-file,id=ram,size=256M,share=on,mem-path=" + ram));
        line.addAll(List.of("-bios", directory.resolve("halt").toString(), "-device", unit));
        line.addAll(List.of("-qtest", "stdio", "-qtest-log", "none"));
        for (int i = 0; i < edus; i++) {
            line.addAll(List.of(
                    "-device",
                    "edu,multifunction=on,dma_mask=0xffffffffffffffff,addr=%x.%x"
                            .formatted(FIRST_SLOT + i / 8, i % 8)));
        }
        process = new ProcessBuilder(line)
                .redirectError(directory.resolve("log").toFile())
                .start();
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        commands = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII));
        for (int i = 0; i < edus; i++) {
            configure(i, 0x10, BARS + i * BAR);
            configure(i, 4, 6);
        }
    }

    static int requesterId(int edu) {
        return (FIRST_SLOT << 3) + edu;
    }

    private void configure(int edu, int register, long value) {
        command("outl 0xcf8 0x%x".formatted(0x8000_0000L | ((long) requesterId(edu) << 8) | register));
        command("outl 0xcfc 0x%x".formatted(value));
    }

    private String command(String text) {
        try {
            commands.write(text);
            commands.write('\n');
            commands.flush();
            return answer(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String answer(String text) throws IOException {
        while (true) {
            String answer = answers.readLine();
            if (answer == null) {
                throw new IOException("qemu-system-x86_64 has ended at: " + text);
            }
            if (answer.startsWith("OK")) {
                return answer.substring(2).strip();
            }
            if (answer.startsWith("FAIL") || answer.startsWith("ERR")) {
                throw new IOException(text + ": " + answer);
            }
        }
    }

    int read32(int register) {
        return (int) (long) Long.decode(command("readl 0x%x".formatted(VTD + register)));
    }

    long read64(int register) {
        return Long.parseUnsignedLong(
                command("readq 0x%x".formatted(VTD + register)).substring(2), 16);
    }

    void write32(int register, int value) {
        command("writel 0x%x 0x%x".formatted(VTD + register, Integer.toUnsignedLong(value)));
    }

    void write64(int register, long value) {
        command("writeq 0x%x 0x%s".formatted(VTD + register, Long.toHexString(value)));
    }

    /**
     * Starts a transfer between memory and the buffer of a device; it ends 100 ms later.
     *
     * @param write from the device's buffer to memory
     */
    void transfer(int edu, long address, int length, boolean write) {
        String at = "writeq 0x%x 0x%s\n";
        long bar = BARS + edu * BAR;
        String memoryAddress = Long.toHexString(address);
        // One write for four commands: each way to QEMU and back costs a switch of threads.
        String text = at.formatted(bar + 0x80, write ? "40000" : memoryAddress)
                + at.formatted(bar + 0x88, write ? memoryAddress : "40000")
                + at.formatted(bar + 0x90, Integer.toHexString(length))
                + at.formatted(bar + 0x98, write ? "3" : "1");
        try {
            commands.write(text);
            commands.flush();
            for (int i = 0; i < 4; i++) {
                answer(text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isTransferring(int edu) {
        return (Long.decode(command("readq 0x%x".formatted(BARS + edu * BAR + 0x98))) & 1) != 0;
    }

    void store(long address, long word) {
        WORD.setVolatile(memory, (int) address, word);
    }

    @Override
    public long load(long address) {
        return contains(address) ? (long) WORD.getVolatile(memory, (int) address) : 0;
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        return contains(address) && WORD.compareAndSet(memory, (int) address, expected, value);
    }

    @Override
    public boolean contains(long address) {
        return address >= 0 && address <= MEMORY - 8 && (address < HOLE || address >= HOLE_END);
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        throw new UnsupportedOperationException("words only");
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        throw new UnsupportedOperationException("words only");
    }

    @Override
    public long frames() {
        return MEMORY / 4096;
    }

    @Override
    public long framesInUse() {
        return frames();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
