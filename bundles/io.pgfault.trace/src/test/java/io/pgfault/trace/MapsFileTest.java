// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Permissions;
import io.pgfault.api.sva.Area;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapsFileTest {
    private static final String CODE = "00400000-00401000 r-xp 00000000 fe:00 12                  /bin/x\n";
    private static final String STACK = "7ff000000000-7ff000002000 rw-p 00000000 00:00 0          [stack]\n";
    private static final String TOP = "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]\n";

    @TempDir
    Path folder;

    @Test
    void readsAreasInOrderOfAddressAndSkipsBlankLines() throws IOException {
        List<Area> areas = read(TOP + "\n" + STACK + "   \n" + CODE);
        assertThat(areas)
                .containsExactly(
                        new Area(0x40_0000, 0x40_0fff, Permissions.READ | Permissions.EXEC, false, 0, "/bin/x"),
                        new Area(
                                0x7ff0_0000_0000L,
                                0x7ff0_0000_1fffL,
                                Permissions.READ | Permissions.WRITE,
                                false,
                                0,
                                "[stack]"),
                        new Area(
                                0xffff_ffff_ff60_0000L,
                                0xffff_ffff_ff60_0fffL,
                                Permissions.EXEC,
                                false,
                                0,
                                "[vsyscall]"));
    }

    @Test
    void areasThatTouchDoNotOverlap() throws IOException {
        assertThat(read("1000-2000 r--p 0 00:00 0\n2000-3000 rw-p 0 00:00 0\n")).hasSize(2);
    }

    @Test
    void aBrokenLineIsNamed() {
        assertThatThrownBy(() -> read(CODE + "\n" + "00402000 r-xp nonsense\u0007\n"))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll(folder.resolve("maps").toString(), "line 3", "00402000 r-xp nonsense")
                .hasMessageNotContainingAny("\n", "\u0007");
        assertThatThrownBy(() -> read("00400800-00401000 r-xp 00000000 fe:00 12\n"))
                .hasMessageContainingAll("line 1", "0x400800");
    }

    @Test
    void aVeryLongBrokenLineIsStillOneShortMessage() {
        assertThatThrownBy(() -> read("z".repeat(300_000)))
                .isInstanceOf(UnreadableInput.class)
                .extracting(e -> e.getMessage().length())
                .matches(length -> length < 500);
    }

    @Test
    void overlapNamesBothLines() {
        assertThatThrownBy(() -> read(STACK + CODE + "\n7ff000001000-7ff000003000 r--p 00000000 00:00 0\n"))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContainingAll("maps", "line 4", "line 1", "overlaps");
        assertThatThrownBy(() -> read(CODE + CODE)).hasMessageContainingAll("line 2", "line 1");
    }

    @Test
    void noAreaAtAllIsAnError() {
        assertThatThrownBy(() -> read("\n\n"))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContaining("empty");
        assertThatThrownBy(() -> MapsFile.read(folder.resolve("none")))
                .isInstanceOf(UnreadableInput.class)
                .hasMessageContaining("no such file");
    }

    private List<Area> read(String text) throws IOException {
        return MapsFile.read(Inputs.file(folder, "maps", Inputs.bytes(text)));
    }
}
