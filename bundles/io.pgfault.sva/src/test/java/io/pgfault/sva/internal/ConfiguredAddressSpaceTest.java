// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal;

import static io.pgfault.api.Permissions.EXEC;
import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static io.pgfault.api.ResponseCode.INVALID;
import static io.pgfault.api.ResponseCode.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import java.io.IOException;
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

    private record Configuration(String io_pgfault_address_space_name, String maps)
            implements ConfiguredAddressSpace.Config {
        @Override
        public boolean empty() {
            return false;
        }

        @Override
        public Class<? extends Annotation> annotationType() {
            return ConfiguredAddressSpace.Config.class;
        }
    }

    @TempDir
    private Path folder;

    private static AddressSpace space(String maps) {
        return new ConfiguredAddressSpace(new Configuration("cat", maps), new PageFrames());
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
                .isThrownBy(() -> new ConfiguredAddressSpace(new Configuration("", ""), new PageFrames()))
                .withMessageContaining(AddressSpace.NAME);
    }

    @Test
    void s02_deactivationIsProcessExit() {
        ConfiguredAddressSpace space = new ConfiguredAddressSpace(new Configuration("cat", ""), new PageFrames());
        space.populate(0, READ);
        space.deactivate();
        assertThat(space.populate(0, READ)).isEqualTo(INVALID);
        assertThat(space.walk(0)).isEqualTo(Translation.NONE);
    }
}
