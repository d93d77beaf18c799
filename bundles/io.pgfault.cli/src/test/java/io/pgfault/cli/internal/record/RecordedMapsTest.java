// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Permissions;
import io.pgfault.api.sva.Area;
import io.pgfault.trace.MapsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Areas of all times in one file. */
class RecordedMapsTest {
    @TempDir
    private Path folder;

    private final RecordedMaps maps = new RecordedMaps();

    private List<String> areas(String... lines) throws Exception {
        for (String line : lines) {
            maps.add(Area.parse(line));
        }
        Path file = folder.resolve("maps");
        maps.write(file);
        assertThat(MapsFile.read(file)).as("what is written is read").isEqualTo(maps.areas());
        return maps.areas().stream().map(Area::toString).toList();
    }

    @Test
    void aPartThatBecameReadOnly_keepsItsWrite() throws Exception {
        assertThat(areas(
                        "10000-18000 rw-p 00000000 00:00 0 /lib",
                        "10000-14000 r--p 00000000 00:00 0 /lib",
                        "14000-18000 rw-p 00004000 00:00 0 /lib"))
                .containsExactly("10000-18000 rw-p /lib");
    }

    @Test
    void whatWasUnmapped_staysAndAnotherAreaTakesItsPlace() throws Exception {
        assertThat(areas(
                        "10000-18000 r--p 00000000 00:00 0 /a",
                        "12000-13000 -w-p 00000000 00:00 0",
                        "17000-19000 r-xp 00000000 00:00 0 /b"))
                .containsExactly(
                        "10000-12000 r--p /a", "12000-13000 rw-p", "13000-17000 r--p /a", "17000-19000 r-xp /b");
    }

    @Test
    void aRunningProcess_isLookedAt_andAnEndedOneIsNot() {
        maps.look(ProcessHandle.current().pid());
        assertThat(maps.areas()).anyMatch(area -> (area.permissions() & Permissions.EXEC) != 0);
        int before = maps.areas().size();
        maps.look(Long.MAX_VALUE);
        assertThat(maps.areas()).hasSize(before);
    }

    @Test
    void valgrind_isFoundInAFolderOfPath() throws Exception {
        Path file = Files.createFile(folder.resolve("valgrind"));
        assertThat(RecordCommand.find("/nowhere:" + folder)).isEmpty();
        assertThat(file.toFile().setExecutable(true)).isTrue();
        assertThat(RecordCommand.find("/nowhere:" + folder)).contains(file);
        assertThat(RecordCommand.find(null)).isEmpty();
    }
}
