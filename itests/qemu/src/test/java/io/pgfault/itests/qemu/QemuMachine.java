// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A machine of QEMU with an IOMMU and {@code edu} devices on bus 0. Its firmware halts the processor: nothing in the
 * machine runs but devices. Any thread.
 */
final class QemuMachine implements AutoCloseable {
    private static final long BAR = 1 << 20;
    private static final int FIRST_SLOT = 1;
    private static final int COMMAND = 4;
    private static final int MEMORY_AND_MASTER = 6;
    private static final int BAR_0 = 0x10;
    private static final int HALT_AT_RESET_VECTOR = 0xfaf4_ebfd;
    private static final int RESET_VECTOR = 0xfff0;
    private static final long WAIT_AND_LOOP = 0x17ff_ffff_d503_207fL;

    private final Platform platform;
    private final Qtest qtest;
    private final Ram ram;

    /** What differs between the machines. */
    private enum Platform {
        /** A PC: registers of the VT-d unit, configuration through ports. */
        Q35("x86", "x86_64", 0xfed9_0000L, 0xc000_0000L),

        /** The Arm machine {@code virt}: registers of the SMMUv3, configuration through ECAM. */
        VIRT("aarch64", "aarch64", 0x0905_0000L, 0x1000_0000L);

        private final String property;
        private final String program;
        private final long registers;
        private final long bars;

        Platform(String property, String architecture, long registers, long bars) {
            this.property = "iopf.qemu." + property;
            this.program = "qemu-system-" + architecture;
            this.registers = registers;
            this.bars = bars;
        }

        /** The program: a path that a system property gives, or the one in the path. */
        private String program() {
            return System.getProperty(property, "").isBlank() ? program : System.getProperty(property);
        }
    }

    private QemuMachine(Platform platform, Ram ram, List<String> options, int edus, Path directory) throws IOException {
        this.platform = platform;
        this.ram = ram;
        List<String> line = new ArrayList<>(List.of(platform.program(), "-accel", "tcg", "-m", "256"));
        line.addAll(List.of("-display", "none", "-nodefaults"));
        line.addAll(List.of(
                "-object", "memory-backend-file,id=ram,size=256M,share=on,mem-path=" + directory.resolve("ram")));
        line.addAll(List.of("-bios", directory.resolve("halt").toString()));
        line.addAll(options);
        for (int i = 0; i < edus; i++) {
            line.addAll(List.of(
                    "-device",
                    "edu,multifunction=on,dma_mask=0xffffffffffffffff,addr=%x.%x"
                            .formatted(FIRST_SLOT + i / 8, i % 8)));
        }
        qtest = new Qtest(line, directory.resolve("log"));
        try {
            for (int i = 0; i < edus; i++) {
                configure(i, BAR_0, platform.bars + i * BAR);
                configure(i, COMMAND, MEMORY_AND_MASTER);
            }
        } catch (RuntimeException e) {
            qtest.close();
            throw e;
        }
    }

    /**
     * Starts a PC with a VT-d unit.
     *
     * @param directory for its memory, firmware and log; empty
     * @param edus how many devices, 1 to 232
     * @param unit the unit as QEMU's option {@code -device} has it
     */
    static QemuMachine pc(Path directory, int edus, String unit) throws IOException {
        ByteBuffer firmware = ByteBuffer.allocate(0x10000).putInt(RESET_VECTOR, HALT_AT_RESET_VECTOR);
        Files.write(directory.resolve("halt"), firmware.array());
        return new QemuMachine(
                Platform.Q35,
                new Ram(directory.resolve("ram"), 0, 0xa_0000, 0x10_0000),
                List.of("-machine", "q35,kernel-irqchip=split,memory-backend=ram", "-device", unit),
                edus,
                directory);
    }

    /**
     * Starts an Arm machine with an SMMUv3, the memory from 0x40000000 on.
     *
     * @param directory for its memory, firmware and log; empty
     * @param edus how many devices, 1 to 232
     * @param options of the machine, each with a comma before it
     */
    static QemuMachine virt(Path directory, int edus, String options) throws IOException {
        ByteBuffer firmware =
                ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, WAIT_AND_LOOP);
        Files.write(directory.resolve("halt"), firmware.array());
        return new QemuMachine(
                Platform.VIRT,
                new Ram(directory.resolve("ram"), 0x4000_0000L, 0, 0),
                List.of("-machine", "virt,iommu=smmuv3,memory-backend=ram" + options, "-cpu", "cortex-a57"),
                edus,
                directory);
    }

    /** Whether the PC's unit has an option. */
    static boolean pcUnitHas(String option) throws IOException {
        Process process = new ProcessBuilder(Platform.Q35.program(), "-device", "intel-iommu,help").start();
        try (BufferedReader lines = process.inputReader()) {
            return lines.lines().anyMatch(line -> line.strip().startsWith(option + "="));
        }
    }

    /** The requester id of a device, which is its StreamID too. */
    static int requesterId(int edu) {
        return (FIRST_SLOT << 3) + edu;
    }

    private void configure(int edu, int register, long value) {
        if (platform == Platform.VIRT) {
            qtest.write32(0x40_1000_0000L | ((long) requesterId(edu) << 12) | register, (int) value);
        } else {
            qtest.command("outl 0xcf8 0x%x".formatted(0x8000_0000L | ((long) requesterId(edu) << 8) | register));
            qtest.command("outl 0xcfc 0x%x".formatted(value));
        }
    }

    /** The version of the program, as it says it. */
    String version() throws IOException {
        Process process = new ProcessBuilder(platform.program(), "--version").start();
        try (BufferedReader lines = process.inputReader()) {
            return String.valueOf(lines.readLine()).replaceFirst(".*version ", "");
        }
    }

    Ram ram() {
        return ram;
    }

    // The unit's registers

    int read32(int register) {
        return qtest.read32(platform.registers + register);
    }

    long read64(int register) {
        return qtest.read64(platform.registers + register);
    }

    void write32(int register, int value) {
        qtest.write32(platform.registers + register, value);
    }

    void write64(int register, long value) {
        qtest.write64(platform.registers + register, value);
    }

    // The devices

    /**
     * Starts a transfer between memory and the buffer of a device; it ends 100 ms later.
     *
     * @param write from the device's buffer to memory
     */
    void transfer(int edu, long address, int length, boolean write) {
        String at = "writeq 0x%x 0x%s\n";
        long bar = platform.bars + edu * BAR;
        String memoryAddress = Long.toHexString(address);
        String text = at.formatted(bar + 0x80, write ? "40000" : memoryAddress)
                + at.formatted(bar + 0x88, write ? memoryAddress : "40000")
                + at.formatted(bar + 0x90, Integer.toHexString(length))
                + at.formatted(bar + 0x98, write ? "3" : "1");
        qtest.commands(text, 4);
    }

    boolean isTransferring(int edu) {
        return (qtest.read64(platform.bars + edu * BAR + 0x98) & 1) != 0;
    }

    @Override
    public void close() {
        qtest.close();
    }
}
