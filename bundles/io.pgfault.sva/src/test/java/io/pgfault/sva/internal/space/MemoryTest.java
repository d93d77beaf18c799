// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static io.pgfault.api.ResponseCode.INVALID;
import static io.pgfault.api.ResponseCode.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.sva.internal.frame.FrameBudget;
import io.pgfault.sva.internal.memory.SystemMemory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryTest {
    private static final long AT = 0x7000_0000_0000L;
    private static final long OTHER = 0x6000_0000_0000L;
    private static final long PAGE = Translation.PAGE_SIZE;

    @TempDir
    private Path folder;

    /** A root and a table of each other level: what the page table of neighbouring pages takes. */
    private static final int TABLES = 4;

    private final SystemMemory frames = new SystemMemory(64 + TABLES);
    private final ProcessAddressSpace space = space("a");
    private final SpaceMemory memory = new SpaceMemory(space, frames);

    private ProcessAddressSpace space(String name) {
        return new RootedAddressSpace(name, TableFormat.X86_FOUR_LEVELS, frames);
    }

    /** How many frames hold pages; all others in use hold tables. */
    private long pagesInUse() {
        return frames.framesInUse() - frames.pageFrames().tables();
    }

    /** A file whose pages are filled with 'a', 'b' and so on. */
    private Path file(String name, int bytes) throws IOException {
        byte[] contents = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            contents[i] = (byte) ('a' + i / PAGE);
        }
        return Files.write(folder.resolve(name), contents);
    }

    @Test
    void s04_anonymousMemoryReadsAsZerosAlsoInFramesThatWereUsedBefore() {
        for (int round = 0; round < 3; round++) {
            space.mmap(AT, 64 * PAGE, READ | WRITE, false);
            for (long i = 0; i < 64; i++) {
                assertThat(memory.read(AT + i * PAGE + 17)).isZero();
                assertThat(memory.write(AT + i * PAGE + 17, 0xff)).isTrue();
            }
            assertThat(pagesInUse()).isEqualTo(64);
            space.munmap(AT, 64 * PAGE);
            assertThat(pagesInUse()).isZero();
        }
    }

    @Test
    void s04_pagesThatAreOnlyReadShareZerosAndTakeNoFrame() {
        space.mmap(AT, 1000 * PAGE, READ | WRITE, false);
        for (long i = 0; i < 1000; i++) {
            assertThat(memory.read(AT + i * PAGE + i)).isZero();
        }
        assertThat(pagesInUse()).isZero();
        AddressSpace child = space.fork("child");
        SpaceMemory theirs = new SpaceMemory(child, frames);
        assertThat(memory.write(AT + 5 * PAGE, 1)).isTrue();
        assertThat(theirs.write(AT + 6 * PAGE, 2)).isTrue();
        assertThat(pagesInUse()).isEqualTo(2);
        assertThat(theirs.read(AT + 5 * PAGE)).isZero();
        assertThat(memory.read(AT + 6 * PAGE)).isZero();
        assertThat(memory.read(AT + 7 * PAGE)).isZero();
        child.close();
        space.close();
        assertThat(pagesInUse()).isZero();
    }

    @Test
    void s04_aHugeAreaCostsNothingUntilItIsTouched() {
        space.mmap(0x1000_0000_0000L, 1L << 46, READ | WRITE, false);
        assertThat(frames.framesInUse()).isZero();
        assertThat(memory.write(0x1000_0000_0000L + (1L << 45), 1)).isTrue();
        assertThat(pagesInUse()).isEqualTo(1);
    }

    @Test
    void anAreaThatThePageTableCantMap_isRefused() {
        long top = 1L << 47;
        space.mmap(top - PAGE, PAGE, READ, false);
        assertThat(memory.read(top - 1)).isZero();
        for (long start : new long[] {top - PAGE, top, -PAGE}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> space.mmap(start, 2 * PAGE - (start == -PAGE ? PAGE : 0), READ, false))
                    .withMessageContaining("address space 'a'")
                    .withMessageContaining("reaches 0x7fffffffffff");
        }
        assertThat(space.populate(-PAGE, READ)).isEqualTo(INVALID);
    }

    @Test
    void theRootOfAPageTable_staysWhileADeviceIsBound() {
        RootedAddressSpace bound = (RootedAddressSpace) space;
        MmuNotifier binding = (first, last) -> {};
        bound.register(binding);
        assertThat(memory.frames().contains(bound.root())).isTrue();
        bound.close();
        assertThat(frames.framesInUse()).isEqualTo(1);
        bound.unregister(binding);
        assertThat(frames.framesInUse()).isZero();
        assertThatIllegalStateException().isThrownBy(bound::root).withMessageContaining("is gone");
    }

    @Test
    void aForkWithoutFramesForItsTables_leavesEverythingAsItWas() {
        space.mmap(AT, 64 * PAGE, READ | WRITE, false);
        for (long i = 0; i < 64; i++) {
            assertThat(memory.write(AT + i * PAGE, 9)).isTrue();
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> space.fork("child"))
                .withMessageContaining("address space 'child': no page frame for its page table");
        assertThat(frames.framesInUse()).isEqualTo(64 + TABLES);
        assertThat(memory.write(AT, 10)).isTrue();
        assertThat(memory.read(AT + PAGE)).isEqualTo(9);
    }

    @Test
    void s02_aSpentBudgetRefusesAndFreedFramesServeAgain() {
        space.mmap(AT, 65 * PAGE, READ | WRITE, false);
        for (long i = 0; i < 64; i++) {
            assertThat(memory.write(AT + i * PAGE, 1)).isTrue();
        }
        assertThat(space.populate(AT + 64 * PAGE, WRITE)).isEqualTo(INVALID);
        assertThat(memory.read(AT + 63 * PAGE)).isEqualTo(1);
        space.munmap(AT, PAGE);
        assertThat(space.populate(AT + 64 * PAGE, WRITE)).isEqualTo(SUCCESS);
    }

    @Test
    void s04_filePagesAreReadOnDemandAndPrivateWritesStayHere() throws IOException {
        Path file = file("f", 3 * 4096);
        space.mmap(AT, 3 * PAGE, READ | WRITE, false, file, 0);
        assertThat(pagesInUse()).isZero();
        assertThat(memory.read(AT + PAGE)).isEqualTo('b');
        assertThat(pagesInUse()).isEqualTo(1);
        assertThat(memory.write(AT + PAGE, 'X')).isTrue();
        assertThat(memory.text(AT + PAGE, 3)).isEqualTo("Xbb");
        space.close();
        assertThat(Files.readString(file)).isEqualTo("a".repeat(4096) + "b".repeat(4096) + "c".repeat(4096));
        assertThat(pagesInUse()).isZero();
    }

    @Test
    void s04_sharedWritesAreSeenByAllWhoMapTheFileAndReachIt() throws IOException {
        Path file = file("f", 3 * 4096);
        AddressSpace other = space("b");
        space.mmap(AT, 2 * PAGE, READ | WRITE, true, file, PAGE);
        other.mmap(AT, 3 * PAGE, READ | WRITE, true, file, 0);
        SpaceMemory theirs = new SpaceMemory(other, frames);
        assertThat(memory.read(AT)).isEqualTo('b');
        assertThat(theirs.write(AT + PAGE, 'Y')).isTrue();
        assertThat(memory.text(AT, 2)).isEqualTo("Yb");
        assertThat(pagesInUse()).isEqualTo(1);
        space.msync();
        assertThat(Files.readString(file).charAt(4096)).isEqualTo('Y');
        assertThat(memory.write(AT + PAGE, 'Z')).isTrue();
        space.close();
        other.close();
        assertThat(Files.readString(file).charAt(8192)).isEqualTo('Z');
        assertThat(pagesInUse()).isZero();
    }

    @Test
    void s02_pagesBeyondTheEndOfTheFileAreInvalidAndTheLastPageEndsInZeros() throws IOException {
        Path file = file("f", 4096 + 10);
        space.mmap(AT, 4 * PAGE, READ | WRITE, true, file, 0);
        assertThat(memory.read(AT + PAGE + 9)).isEqualTo('b');
        assertThat(memory.read(AT + PAGE + 10)).isZero();
        assertThat(space.populate(AT + 2 * PAGE, READ)).isEqualTo(INVALID);
        assertThat(memory.write(AT + PAGE + 100, 1)).isTrue();
        space.munmap(AT, 4 * PAGE);
        assertThat(Files.size(file)).isEqualTo(4096 + 10);
    }

    @Test
    void s02_aFileTruncatedWhileItIsMappedGivesInvalidForTheMissingPages() throws IOException {
        Path file = file("f", 4 * 4096);
        space.mmap(AT, 4 * PAGE, READ | WRITE, true, file, 0);
        assertThat(memory.write(AT + 2 * PAGE, 1)).isTrue();
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.setLength(4096);
        }
        assertThat(memory.read(AT)).isEqualTo('a');
        assertThat(space.populate(AT + 3 * PAGE, READ)).isEqualTo(INVALID);
        space.close();
        assertThat(Files.size(file)).isEqualTo(4096);
    }

    @Test
    void s04_pagesOfFilesMakeRoomAndNothingIsLost() throws IOException {
        Path file = file("f", 256 * 4096);
        Path copy = Files.write(folder.resolve("g"), new byte[256 * 4096]);
        space.mmap(AT, 256 * PAGE, READ, false, file, 0);
        space.mmap(OTHER, 256 * PAGE, READ | WRITE, true, copy, 0);
        for (long i = 0; i < 256; i++) {
            int value = memory.read(AT + i * PAGE + i);
            assertThat(value).isEqualTo((int) ('a' + i) & 0xff);
            assertThat(memory.write(OTHER + i * PAGE + i, value)).isTrue();
        }
        assertThat(pagesInUse()).isLessThanOrEqualTo(64);
        for (long i = 0; i < 256; i++) {
            assertThat(memory.read(OTHER + i * PAGE + i)).isEqualTo((int) ('a' + i) & 0xff);
        }
        space.close();
        byte[] written = Files.readAllBytes(copy);
        for (int i = 0; i < 256; i++) {
            assertThat(written[i * 4096 + i]).isEqualTo((byte) ('a' + i));
        }
    }

    @Test
    void s04_aForkSharesSharedAreasAndCopiesPrivateOnesOnWrite() {
        space.mmap(AT, 2 * PAGE, READ | WRITE, false);
        space.mmap(OTHER, 2 * PAGE, READ | WRITE, true);
        memory.write(AT, 1);
        memory.write(OTHER, 1);
        AddressSpace child = space.fork("child");
        SpaceMemory theirs = new SpaceMemory(child, frames);
        assertThat(pagesInUse()).isEqualTo(2);
        assertThat(theirs.read(AT)).isEqualTo(1);
        memory.write(AT, 2);
        theirs.write(OTHER, 2);
        theirs.write(OTHER + PAGE, 3);
        assertThat(theirs.read(AT)).isEqualTo(1);
        assertThat(memory.read(OTHER)).isEqualTo(2);
        assertThat(memory.read(OTHER + PAGE)).isEqualTo(3);
        space.close();
        assertThat(theirs.read(AT)).isEqualTo(1);
        assertThat(theirs.write(AT, 9)).isTrue();
        assertThat(theirs.read(OTHER + PAGE)).isEqualTo(3);
        assertThat(pagesInUse()).isEqualTo(3);
        child.close();
        assertThat(pagesInUse()).isZero();
    }

    @Test
    void s06_devicesAreToldBeforeFramesAreGivenBack() {
        List<String> told = new ArrayList<>();
        space.register((first, last) -> told.add("%x-%x %d".formatted(first, last, pagesInUse())));
        space.mmap(AT, 4 * PAGE, READ | WRITE, false);
        assertThat(told).isEmpty();
        memory.write(AT, 1);
        memory.write(AT + PAGE, 1);
        space.mprotect(AT, PAGE, READ);
        space.munmap(AT + PAGE, PAGE);
        space.close();
        assertThat(told)
                .containsExactly("700000000000-700000000fff 2", "700000001000-700000001fff 2", "0-ffffffffffffffff 1");
    }

    @Test
    void s06_copyOnWriteTellsDevicesThatHaveTheOldFrame() throws IOException {
        space.mmap(AT, PAGE, READ | WRITE, false, file("f", 4096), 0);
        memory.read(AT);
        List<Long> framesSeen = new ArrayList<>();
        space.register((first, last) -> framesSeen.add(Translation.address(space.walk(first))));
        long before = Translation.address(space.walk(AT));
        memory.write(AT, 1);
        assertThat(framesSeen).hasSize(1).doesNotContain(before);
    }

    @Test
    void s02_mprotectSplitsAreasAndTakesPermissionsFromPages() {
        space.mmap(AT, 3 * PAGE, READ | WRITE, false);
        memory.write(AT + PAGE, 5);
        space.mprotect(AT + PAGE, PAGE, READ);
        assertThat(space.areas()).extracting(Area::start).containsExactly(AT, AT + PAGE, AT + 2 * PAGE);
        assertThat(memory.write(AT + PAGE, 6)).isFalse();
        assertThat(memory.read(AT + PAGE)).isEqualTo(5);
        space.mprotect(AT + PAGE, PAGE, READ | WRITE);
        assertThat(memory.write(AT + PAGE, 6)).isTrue();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> space.mprotect(AT, 4 * PAGE, READ))
                .withMessageContaining("not mapped");
    }

    @Test
    void s02_munmapOfTheMiddleKeepsBothEnds() throws IOException {
        space.mmap(AT, 3 * PAGE, READ, false, file("f", 3 * 4096), 0);
        space.munmap(AT + PAGE, PAGE);
        assertThat(memory.read(AT)).isEqualTo('a');
        assertThat(space.populate(AT + PAGE, READ)).isEqualTo(INVALID);
        assertThat(memory.read(AT + 2 * PAGE)).isEqualTo('c');
        assertThat(space.find(AT + 2 * PAGE)).map(Area::offset).contains(2 * PAGE);
    }

    @Test
    void refusalsNameTheirReason() throws IOException {
        Path file = file("f", 4096);
        assertThatThrownBy(() -> space.mmap(AT, PAGE, READ, false, folder.resolve("none"), 0))
                .isInstanceOf(NoSuchFileException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> space.mmap(AT + 1, PAGE, READ, false));
        assertThatIllegalArgumentException().isThrownBy(() -> space.mmap(AT, 0, READ, false));
        assertThatIllegalArgumentException().isThrownBy(() -> space.mmap(-PAGE, 2 * PAGE, READ, false));
        assertThatIllegalArgumentException().isThrownBy(() -> space.mmap(AT, PAGE, READ, false, file, 100));
        space.mmap(AT, PAGE, READ, true, file, 0);
        assertThatIllegalArgumentException().isThrownBy(() -> space.mprotect(AT, PAGE, READ | WRITE));
        space.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> space.mmap(AT, PAGE, READ, false))
                .withMessageContaining("'a' is gone");
    }

    @Test
    void recordedPagesHaveNoMemory() {
        ProcessAddressSpace recorded =
                new ProcessAddressSpace("r", List.of(new Area(AT, AT + 0xfff, READ, false, 0, "/bin/cat")), frames);
        assertThat(recorded.populate(AT, READ)).isEqualTo(SUCCESS);
        assertThat(pagesInUse()).isZero();
        assertThat(frames.read(Translation.address(recorded.walk(AT)), ByteBuffer.allocate(8)))
                .isFalse();
    }

    @Test
    void sizesOfMemory() {
        assertThat(FrameBudget.parse("1")).isEqualTo(1);
        assertThat(FrameBudget.parse("64KiB")).isEqualTo(16);
        assertThat(FrameBudget.parse(" 16 mib ")).isEqualTo(4096);
        assertThat(FrameBudget.parse("1GiB")).isEqualTo(262_144);
        for (String wrong : new String[] {"", "0", "1 byte", "-5", "4095TiB", "2048GiB", "1KiB"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> FrameBudget.parse(wrong))
                    .withMessageContaining("256MiB");
        }
    }
}
