// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import static io.pgfault.api.Permissions.EXEC;
import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static io.pgfault.api.ResponseCode.INVALID;
import static io.pgfault.api.ResponseCode.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgfault.api.RootedTable;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.sva.internal.memory.SystemMemory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ConfiguredAddressSpaceTest {
    private static final String MAPS = """
            00108000-0010a000 r--p 00000000 fe:00 260131                             /usr/bin/cat
            0010a000-0010f000 r-xp 00002000 fe:00 260131                             /usr/bin/cat
            00113000-00114000 rw-p 0000a000 fe:00 260131                             /usr/bin/cat
            04035000-04056000 rwxp 00000000 00:00 0\s
            0483d000-04844000 r--s 00000000 fe:00 338846                             /usr/lib/gconv/gconv-modules.cache
            1002890000-1002891000 rw-s 00000000 fe:00 2146380                        /tmp/a name with spaces (deleted)
            7ffc6cff7000-7ffc6d018000 rw-p 00000000 00:00 0                          [stack]
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
            """;

    private record Configuration(String io_pgfault_address_space_name, String maps, boolean memory)
            implements ConfiguredAddressSpace.Config {
        @Override
        public boolean empty() {
            return false;
        }

        @Override
        public String format() {
            return "x86-64-4";
        }

        @Override
        public Class<? extends Annotation> annotationType() {
            return ConfiguredAddressSpace.Config.class;
        }
    }

    @TempDir
    private Path folder;

    private static AddressSpace space(String maps) {
        return ConfiguredAddressSpace.create(new Configuration("cat", maps, false), new SystemMemory());
    }

    private String file(String text) throws IOException {
        return Files.writeString(folder.resolve("cat.maps"), text).toString();
    }

    @Test
    void s02_withoutMapsEveryAccessIsGrantedWithOneFault() {
        AddressSpace space = space("");
        for (long address : new long[] {0, 0x7ffc6cff7abcL, Long.MIN_VALUE, -1L}) {
            assertThat(space.populate(address, READ)).isEqualTo(SUCCESS);
            assertThat(Translation.permissions(space.walk(address))).isEqualTo(READ | WRITE | EXEC);
        }
        assertThat(space.name()).isEqualTo("cat");
        assertThat(space.populatedPages()).isEqualTo(4);
    }

    @Test
    void s02_areasOfAMapsFile() throws IOException {
        AddressSpace space = space(file(MAPS));
        assertThat(space.areas()).hasSize(8);
        assertThat(space.populate(0x00109fffL, READ)).isEqualTo(SUCCESS);
        assertThat(space.populate(0x00109fffL, WRITE)).isEqualTo(INVALID);
        assertThat(space.populate(0x0010f000L, READ)).isEqualTo(INVALID);
        assertThat(space.populate(0x7ffc6d017ff8L, WRITE)).isEqualTo(SUCCESS);
        assertThat(space.populate(0xffffffffff600400L, EXEC)).isEqualTo(SUCCESS);
        assertThat(space.populate(0xffffffffff600400L, READ)).isEqualTo(INVALID);
        assertThat(space.find(0x1002890000L)).map(Area::name).contains("/tmp/a name with spaces (deleted)");
        assertThat(space.find(0x1002890000L)).map(Area::shared).contains(true);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void s02_theMapsOfThisProcess() throws IOException {
        AddressSpace space = space(file(Files.readString(Path.of("/proc/self/maps"))));
        assertThat(space.areas()).hasSizeGreaterThan(10);
        for (Area area : space.areas()) {
            assertThat(space.populate(area.last(), area.permissions())).isEqualTo(SUCCESS);
        }
    }

    @Test
    void anAddressSpaceWithMemory_hasAPageTableInTheConfiguredFormat() throws IOException {
        AddressSpace space =
                ConfiguredAddressSpace.create(new Configuration("cat", file(MAPS), true), new SystemMemory(64));
        assertThat(space).isInstanceOf(RootedTable.class);
        assertThat(((RootedTable) space).format()).isEqualTo(TableFormat.X86_FOUR_LEVELS);
        assertThat(space.populate(0xffffffffff600400L, EXEC)).isEqualTo(INVALID);
        assertThat(space(file(MAPS))).as("recorded, without memory").isNotInstanceOf(RootedTable.class);
        assertThat(FormatName.parse("a", "x86-64-5")).isEqualTo(TableFormat.X86_FIVE_LEVELS);
        assertThat(FormatName.parse("a", " aarch64 ")).isEqualTo(TableFormat.AARCH64_FOUR_LEVELS);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FormatName.parse("a", "sparc"))
                .withMessageContaining(
                        "\"sparc\" is no format of page tables; write one of [aarch64, x86-64-4, x86-64-5]");
    }

    @Test
    void brokenLineIsNamedWithFileAndRemedy() throws IOException {
        String file = file(MAPS.replace("0010a000-0010f000 r-xp", "0010a000-0010f000 r?xp"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> space(file))
                .withMessageContaining("'cat'")
                .withMessageContaining(file + " line 2: ")
                .withMessageContaining("0010a000-0010f000 r?xp")
                .withMessageContaining("leave 'maps' empty");
    }

    @Test
    void areaOfNoPagesIsNamedWithFileAndLine() throws IOException {
        String file = file("\n00109000-00108000 r--p 00000000 fe:00 260131\n");
        assertThatIllegalArgumentException().isThrownBy(() -> space(file)).withMessageContaining(file + " line 2: ");
    }

    @Test
    void overlappingLinesAreNamed() throws IOException {
        String file = file(MAPS + "00109000-0010b000 r--p 00000000 00:00 0 [twice]\n");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> space(file))
                .withMessageContaining(file)
                .withMessageContaining("108000-10a000 r--p /usr/bin/cat")
                .withMessageContaining("109000-10b000 r--p [twice]");
    }

    @Test
    void missingFileIsNamed() {
        String file = folder.resolve("none.maps").toString();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> space(file))
                .withMessageContaining(file)
                .withMessageContaining("'maps'");
    }

    @Test
    void missingNameIsSaid() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ConfiguredAddressSpace.create(new Configuration("", "", false), new SystemMemory()))
                .withMessageContaining(AddressSpace.NAME);
    }

    @Test
    void s02_withMemoryFilesAreReadHeapsAreZerosAndWhatCannotBeReadIsInvalid() throws IOException {
        Path file = Files.writeString(folder.resolve("a library.so"), "A".repeat(4096) + "B".repeat(4096) + "C");
        String maps = file("""
                10000-13000 r-xp 00001000 fe:00 1                  %s
                20000-21000 rw-s 00000000 fe:00 1                  %s
                30000-31000 rw-p 00000000 00:00 0                  [heap]
                40000-41000 rw-s 00000000 00:01 2                  /dev/zero (deleted)
                50000-51000 rw-s 00000000 00:05 9                  /dev/null
                60000-61000 r-xp 00000000 00:00 0                  [vdso]
                70000-71000 r--p 00000000 fe:00 3                  %s/none
                80000-81000 rw-s 00000000 00:0e 4                  anon_inode:[perf_event]
                90000-91000 rw-p 00000000 00:00 0\s
                ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
                """.formatted(file, file, folder));
        SystemMemory frames = new SystemMemory(64);
        AddressSpace space = ConfiguredAddressSpace.create(new Configuration("cat", maps, true), frames);
        SpaceMemory memory = new SpaceMemory(space, frames);
        assertThat(memory.text(0x10000, 2)).isEqualTo("BB");
        assertThat(memory.text(0x11000, 2)).isEqualTo("C\0");
        assertThat(space.populate(0x12000, READ)).isEqualTo(INVALID);
        assertThat(memory.write(0x20000, 'X')).isTrue();
        assertThat(memory.text(0x20000, 2)).isEqualTo("XA");
        for (long zeros : new long[] {0x30000, 0x90000}) {
            assertThat(memory.read(zeros)).isZero();
            assertThat(memory.write(zeros, 7)).isTrue();
            assertThat(memory.read(zeros)).isEqualTo(7);
        }
        for (long unavailable : new long[] {0x40000, 0x50000, 0x60000, 0x70000, 0x80000, 0xffffffffff600000L}) {
            Area area = space.find(unavailable).orElseThrow();
            assertThat(space.populate(unavailable, area.permissions()))
                    .as(area.toString())
                    .isEqualTo(INVALID);
        }
        space.close();
        assertThat(Files.readString(file)).startsWith("A").hasSize(8193);
        assertThat(frames.framesInUse()).isZero();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void s02_theMapsOfThisProcessWithMemory() throws IOException {
        String maps = file(Files.readString(Path.of("/proc/self/maps")));
        SystemMemory frames = new SystemMemory(8192);
        AddressSpace space = ConfiguredAddressSpace.create(new Configuration("java", maps, true), frames);
        SpaceMemory memory = new SpaceMemory(space, frames);
        int files = 0;
        for (Area area : space.areas()) {
            Path path = Path.of(area.name());
            if ((area.permissions() & READ) == 0) {
                assertThat(memory.read(area.start())).as(area.toString()).isEqualTo(-1);
            } else if (area.name().startsWith("/") && Files.isRegularFile(path) && Files.isReadable(path)) {
                if (area.offset() < Files.size(path)) {
                    assertThat(memory.read(area.start())).as(area.toString()).isEqualTo(byteOf(path, area.offset()));
                    files++;
                }
            } else if (area.name().isEmpty()
                    || area.name().equals("[heap]")
                    || area.name().equals("[stack]")) {
                assertThat(memory.read(area.last())).as(area.toString()).isZero();
            } else {
                assertThat(memory.read(area.start())).as(area.toString()).isIn(-1, 0);
            }
        }
        assertThat(files).as("files mapped").isGreaterThan(5);
        space.close();
        assertThat(frames.framesInUse()).isZero();
    }

    private static int byteOf(Path file, long offset) throws IOException {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "r")) {
            access.seek(offset);
            return access.read();
        }
    }
}
