// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static io.pgfault.api.Permissions.EXEC;
import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.RootedTable;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.smmuv3.internal.hardware.walk.Result;
import io.pgfault.smmuv3.internal.hardware.walk.Stage1;
import io.pgfault.smmuv3.internal.hardware.walk.Walker;
import io.pgfault.smmuv3.spec.table.ContextDescriptor;
import io.pgfault.sva.internal.memory.SystemMemory;
import io.pgfault.sva.internal.space.RootedAddressSpace;
import io.pgfault.vtd.internal.hardware.walk.Capabilities;
import io.pgfault.vtd.internal.hardware.walk.PagingContext;
import io.pgfault.vtd.internal.hardware.walk.TranslationStructures;
import io.pgfault.vtd.internal.hardware.walk.Walk;
import io.pgfault.vtd.spec.table.PasidEntry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The walkers of both vendors read, byte for byte, the page tables that SVA writes (rules T01, T03, S06). */
class TablesOfSpacesTest {
    private static final long AT = 0x7654_3210_0000L;
    private static final int OUTPUT_48_BITS = 5;

    private final SystemMemory memory = new SystemMemory(1024);

    /** What hardware of the format grants in a page; NONE without a translation. The walk asks for {@code access}. */
    private static long hardware(AddressSpace space, long address, int access) {
        RootedTable table = (RootedTable) space;
        return table.format() == TableFormat.AARCH64_FOUR_LEVELS
                ? smmu(table, address, access)
                : vtd(table, address, access);
    }

    private static long vtd(RootedTable table, long address, int access) {
        int levels = table.format() == TableFormat.X86_FIVE_LEVELS ? 5 : 4;
        long flags = PasidEntry.SRE | PasidEntry.WPE | PasidEntry.NXE;
        PagingContext context =
                new PagingContext(PasidEntry.FIRST_STAGE, false, 1, table.root(), levels, 0, 0, flags, false, false);
        Walk walk = new Walk();
        boolean found =
                new TranslationStructures(table.memory(), Capabilities.FULL).walk(walk, context, address, access);
        return found ? Translation.of(walk.address(), walk.permissions()) : Translation.NONE;
    }

    private static long smmu(RootedTable table, long address, int access) {
        long flags = ContextDescriptor.V
                | ContextDescriptor.AA64
                | ContextDescriptor.A
                | ContextDescriptor.HA
                | ContextDescriptor.EPD1;
        long word0 = ContextDescriptor.word0(48, OUTPUT_48_BITS, 1, flags);
        Stage1 stage1 = Stage1.of(word0, table.root(), 0, false);
        assertThat(stage1).as("the context descriptor").isNotNull();
        long result = new Walker(table.memory()).walk(stage1, null, address, access);
        return Result.fault(result)
                ? Translation.NONE
                : Translation.of(Result.address(result), Result.permissions(result, (access & Permissions.PRIV) != 0));
    }

    private AddressSpace space(TableFormat format) {
        return new RootedAddressSpace("process", format, memory);
    }

    @ParameterizedTest
    @EnumSource(TableFormat.class)
    void t01_everyCombinationOfPermissions_isWhatTheHardwareReads(TableFormat format) {
        AddressSpace space = space(format);
        for (int permissions = 0; permissions < 8; permissions++) {
            space.mmap(AT, 4096, permissions, true);
            assertThat(hardware(space, AT, 0)).as("before the first touch").isEqualTo(Translation.NONE);
            assertThat(space.populate(AT, permissions)).isEqualTo(ResponseCode.SUCCESS);
            long read = hardware(space, AT, 0);
            assertThat(read).as("as the object says").isEqualTo(space.walk(AT));
            if (permissions == 0) {
                assertThat(read).isEqualTo(Translation.NONE);
            } else {
                int granted = Translation.permissions(read);
                assertThat(granted & permissions).isEqualTo(permissions);
                assertThat(granted & ~READ).as("nothing more but reading").isEqualTo(permissions & ~READ);
                // DDI 0487 D8.4: what unprivileged accesses may write, privileged accesses don't execute.
                boolean neverExecutes = format == TableFormat.AARCH64_FOUR_LEVELS && (permissions & WRITE) != 0;
                assertThat(Translation.permissions(hardware(space, AT, Permissions.PRIV)))
                        .as("privileged")
                        .isEqualTo((granted | READ) & (neverExecutes ? ~EXEC : -1));
            }
        }
        space.close();
        assertThat(memory.framesInUse()).isZero();
    }

    @ParameterizedTest
    @EnumSource(TableFormat.class)
    void t03_whatAUnitWalks_isTouched_andStaysSoWhenPermissionsGo(TableFormat format) {
        AddressSpace space = space(format);
        space.mmap(AT, 3 * 4096, READ | WRITE, false);
        for (int i = 0; i < 3; i++) {
            space.populate(AT + i * 4096L, WRITE);
        }
        assertThat(touched(space)).isEmpty();
        hardware(space, AT + 4096, WRITE);
        assertThat(touched(space)).containsExactly(AT + 4096);
        space.mprotect(AT, 3 * 4096, READ);
        assertThat(touched(space)).containsExactly(AT + 4096);
        assertThat(hardware(space, AT + 4096, READ)).isEqualTo(space.walk(AT + 4096));
        assertThat(hardware(space, AT + 4096, WRITE)).isEqualTo(Translation.NONE);
        space.clearTouched(AT, 3 * 4096);
        assertThat(touched(space)).isEmpty();
        space.close();
    }

    @ParameterizedTest
    @EnumSource(TableFormat.class)
    void s06_afterUnmapping_theHardwareFindsNothing_andTablesAreFree(TableFormat format) {
        AddressSpace space = space(format);
        long root = ((RootedTable) space).root();
        space.mmap(AT, 600 * 4096L, READ | WRITE, false);
        for (int i = 0; i < 600; i++) {
            space.populate(AT + i * 4096L, WRITE);
            hardware(space, AT + i * 4096L, WRITE);
        }
        AddressSpace child = space.fork("child");
        assertThat(hardware(child, AT, READ)).isEqualTo(space.walk(AT));
        assertThat(hardware(space, AT, WRITE)).as("shared with the child").isEqualTo(Translation.NONE);
        child.close();
        space.munmap(AT, 600 * 4096L);
        for (int i = 0; i < 600; i++) {
            assertThat(hardware(space, AT + i * 4096L, READ)).isEqualTo(Translation.NONE);
        }
        assertThat(memory.framesInUse()).as("the root").isEqualTo(1);
        assertThat(((RootedTable) space).root()).as("the root stays").isEqualTo(root);
        space.close();
        assertThat(memory.framesInUse()).isZero();
    }

    private static List<Long> touched(AddressSpace space) {
        List<Long> pages = new ArrayList<>();
        space.touched(AT, 1 << 20, pages::add);
        return pages;
    }
}
