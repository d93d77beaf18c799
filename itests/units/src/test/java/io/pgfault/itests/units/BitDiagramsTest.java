// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.smmuv3.spec.CacheCommand;
import io.pgfault.smmuv3.spec.Command;
import io.pgfault.smmuv3.spec.EventRecord;
import io.pgfault.smmuv3.spec.PriRecord;
import io.pgfault.vtd.spec.InvalidationDescriptor;
import io.pgfault.vtd.spec.PageGroupResponseDescriptor;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import io.pgfault.vtd.spec.WaitDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

/**
 * Each cell of a bit diagram has exactly the bits that its accessor reacts to, and each constant stands in its cell.
 *
 * <p>A test names the accessor of each cell. A cell without an accessor is named too, so that a diagram with a cell
 * more or a cell less fails.
 */
class BitDiagramsTest {
    /** A reserved cell, or a word that is used whole and so needs no accessor. */
    private static final LongFunction<?> NO_ACCESSOR = null;

    private final Map<String, Map<String, LongFunction<?>>> accessors = new TreeMap<>();

    @Test
    void vtd_pageRequestDescriptor() throws IOException {
        cell("word 0", "rsvd", word -> word & PageRequestDescriptor.RESERVED_0);
        cell("word 0", "P", PageRequestDescriptor::privilegedModeRequested);
        cell("word 0", "X", PageRequestDescriptor::executeRequested);
        cell("word 0", "PASID", PageRequestDescriptor::pasid);
        cell("word 0", "requester id", PageRequestDescriptor::requesterId);
        cell("word 0", "PDP", PageRequestDescriptor::privateDataPresent);
        cell("word 0", "PP", PageRequestDescriptor::pasidPresent);
        cell("word 0", "type=1", PageRequestDescriptor::type);
        cell("word 1", "page address 63:12", PageRequestDescriptor::address);
        cell("word 1", "PRG index", PageRequestDescriptor::prgIndex);
        cell("word 1", "L", PageRequestDescriptor::last);
        cell("word 1", "W", PageRequestDescriptor::write);
        cell("word 1", "R", PageRequestDescriptor::read);
        cell("word 2", "private data, low word, if PDP", NO_ACCESSOR);
        cell("word 3", "private data, high word, if PDP", NO_ACCESSOR);
        assertDiagramFits("vtd", PageRequestDescriptor.class);
        assertThat(PageRequestDescriptor.TYPE).isEqualTo(1);
    }

    @Test
    void vtd_pageGroupResponseDescriptor() throws IOException {
        cell("word 0", "rsvd", word -> word & PageGroupResponseDescriptor.RESERVED_0);
        cell("word 0", "PASID", PageGroupResponseDescriptor::pasid);
        cell("word 0", "requester id", PageGroupResponseDescriptor::requesterId);
        cell("word 0", "code", PageGroupResponseDescriptor::code);
        cell("word 0", "type=0", word -> InvalidationDescriptor.type(word) >> 4);
        cell("word 0", "PP", PageGroupResponseDescriptor::pasidPresent);
        cell("word 0", "type=9", word -> InvalidationDescriptor.type(word) & 0xf);
        cell("word 1", "rsvd", word -> word & PageGroupResponseDescriptor.RESERVED_1);
        cell("word 1", "PRG index", PageGroupResponseDescriptor::prgIndex);
        cell("word 1", "L", NO_ACCESSOR);
        cell("word 2", "private data of the request, low word, zero if absent", NO_ACCESSOR);
        cell("word 3", "private data of the request, high word, zero if absent", NO_ACCESSOR);
        assertDiagramFits("vtd", PageGroupResponseDescriptor.class);
        assertThat(PageGroupResponseDescriptor.TYPE).isEqualTo(9);
    }

    @Test
    void vtd_waitDescriptor() throws IOException {
        cell("word 0", "status data", WaitDescriptor::statusData);
        cell("word 0", "rsvd", word -> word & WaitDescriptor.RESERVED_0);
        cell("word 0", "type=0", word -> InvalidationDescriptor.type(word) >> 4);
        cell("word 0", "PD", WaitDescriptor::pageRequestDrain);
        cell("word 0", "FN", WaitDescriptor::fence);
        cell("word 0", "SW", WaitDescriptor::statusWrite);
        cell("word 0", "type=5", word -> InvalidationDescriptor.type(word) & 0xf);
        cell("word 1", "status address 63:2", WaitDescriptor::statusAddress);
        cell("word 1", "rsvd", word -> word & WaitDescriptor.RESERVED_1);
        cell("word 2", "rsvd", NO_ACCESSOR);
        cell("word 3", "rsvd", NO_ACCESSOR);
        assertDiagramFits("vtd", WaitDescriptor.class);
        assertThat(WaitDescriptor.TYPE).isEqualTo(5);
    }

    @Test
    void smmuv3_eventRecord() throws IOException {
        cell("word 0", "StreamID", EventRecord::streamId);
        cell("word 0", "SubstreamID", EventRecord::substreamId);
        cell("word 0", "SSV", EventRecord::ssv);
        cell("word 0", "0", NO_ACCESSOR);
        cell("word 0", "event id", EventRecord::eventId);
        cell("word 1", "0", NO_ACCESSOR);
        cell("word 1", "class", EventRecord::faultClass);
        cell("word 1", "S2", EventRecord::stage2);
        cell("word 1", "RnW", EventRecord::read);
        cell("word 1", "InD", EventRecord::instruction);
        cell("word 1", "PnU", EventRecord::privileged);
        cell("word 1", "Stall", EventRecord::stall);
        cell("word 1", "STAG", EventRecord::stag);
        cell("word 2", "input address", NO_ACCESSOR);
        cell("word 3", "0", NO_ACCESSOR);
        cell("word 3", "IPA 51:12", EventRecord::ipa);
        assertDiagramFits("smmuv3", EventRecord.class);
    }

    @Test
    void smmuv3_priRecord() throws IOException {
        cell("word 0", "SSV", PriRecord::ssv);
        cell("word 0", "Last", PriRecord::last);
        cell("word 0", "W", PriRecord::write);
        cell("word 0", "R", PriRecord::read);
        cell("word 0", "X", PriRecord::execute);
        cell("word 0", "Priv", PriRecord::privileged);
        cell("word 0", "0", NO_ACCESSOR);
        cell("word 0", "SubstreamID", PriRecord::substreamId);
        cell("word 0", "StreamID", PriRecord::streamId);
        cell("word 1", "page address 63:12", PriRecord::pageAddress);
        cell("word 1", "0", NO_ACCESSOR);
        cell("word 1", "PRG index", PriRecord::prgIndex);
        assertDiagramFits("smmuv3", PriRecord.class);
    }

    @Test
    void smmuv3_command() throws IOException {
        for (String command : new String[] {"CMD_PRI_RESP", "CMD_RESUME", "CMD_STALL_TERM"}) {
            cell(command + " word 0", "StreamID", Command::streamId);
            cell(command + " word 0", "0", NO_ACCESSOR);
        }
        cell("CMD_PRI_RESP word 0", "SubstreamID", Command::substreamId);
        cell("CMD_PRI_RESP word 0", "SSV", Command::ssv);
        cell("CMD_PRI_RESP word 0", "0x41", Command::opcode);
        cell("CMD_PRI_RESP word 1", "0", NO_ACCESSOR);
        cell("CMD_PRI_RESP word 1", "Resp", Command::priResponse);
        cell("CMD_PRI_RESP word 1", "PRG index", Command::prgIndex);
        cell("CMD_RESUME word 0", "Resp", Command::resumeResponse);
        cell("CMD_RESUME word 0", "0x44", Command::opcode);
        cell("CMD_RESUME word 1", "0", NO_ACCESSOR);
        cell("CMD_RESUME word 1", "STAG", Command::stag);
        cell("CMD_STALL_TERM word 0", "0x45", Command::opcode);
        cell("CMD_SYNC word 0", "MSIData", Command::msiData);
        cell("CMD_SYNC word 0", "0", NO_ACCESSOR);
        cell("CMD_SYNC word 0", "CS", Command::syncSignal);
        cell("CMD_SYNC word 0", "0x46", Command::opcode);
        cell("CMD_SYNC word 1", "0", NO_ACCESSOR);
        cell("CMD_SYNC word 1", "MSIAddress 51:2", Command::msiAddress);
        assertDiagramFits("smmuv3", Command.class);
        assertThat(new int[] {Command.CMD_PRI_RESP, Command.CMD_RESUME, Command.CMD_STALL_TERM, Command.CMD_SYNC})
                .containsExactly(0x41, 0x44, 0x45, 0x46);
    }

    private void cell(String row, String name, LongFunction<?> accessor) {
        accessors.computeIfAbsent(row, key -> new LinkedHashMap<>()).put(name, accessor);
    }

    @Test
    void smmuv3_cacheCommand() throws IOException {
        for (String command : new String[] {"CMD_CFGI_CD", "CMD_CFGI_STE_RANGE", "CMD_ATC_INV"}) {
            cell(command + " word 0", "StreamID", Command::streamId);
            cell(command + " word 0", "0", NO_ACCESSOR);
            cell(command + " word 1", "0", NO_ACCESSOR);
        }
        cell("CMD_CFGI_CD word 0", "SubstreamID", CacheCommand::substreamId);
        cell("CMD_CFGI_CD word 0", "0x05", Command::opcode);
        cell("CMD_CFGI_CD word 1", "Leaf", NO_ACCESSOR);
        cell("CMD_CFGI_STE_RANGE word 0", "0x04", Command::opcode);
        cell("CMD_CFGI_STE_RANGE word 1", "Range", CacheCommand::range);
        cell("CMD_TLBI_NH_VA word 0", "ASID", CacheCommand::asid);
        cell("CMD_TLBI_NH_VA word 0", "VMID", CacheCommand::vmid);
        cell("CMD_TLBI_NH_VA word 0", "0", NO_ACCESSOR);
        cell("CMD_TLBI_NH_VA word 0", "0x12", Command::opcode);
        cell("CMD_TLBI_NH_VA word 1", "Address 63:12", CacheCommand::address);
        cell("CMD_TLBI_NH_VA word 1", "0", NO_ACCESSOR);
        cell("CMD_TLBI_NH_VA word 1", "Leaf", NO_ACCESSOR);
        cell("CMD_ATC_INV word 0", "SubstreamID", CacheCommand::substreamId);
        cell("CMD_ATC_INV word 0", "SSV", CacheCommand::ssv);
        cell("CMD_ATC_INV word 0", "Global", CacheCommand::global);
        cell("CMD_ATC_INV word 0", "0x40", Command::opcode);
        cell("CMD_ATC_INV word 1", "Address 63:12", CacheCommand::address);
        cell("CMD_ATC_INV word 1", "Size", CacheCommand::size);
        assertDiagramFits("smmuv3", CacheCommand.class);
    }

    private void assertDiagramFits(String vendor, Class<?> codec) throws IOException {
        String bundle = "io.pgfault." + vendor;
        Path source = Path.of("..", "..", "bundles", bundle, "src", "main", "java")
                .resolve(codec.getName().replace('.', '/') + ".java");
        Map<String, Map<String, Long>> drawn = BitDiagram.of(source).rows();
        assertThat(drawn.keySet()).as("rows").isEqualTo(accessors.keySet());
        accessors.forEach((row, cells) -> {
            assertThat(drawn.get(row).keySet()).as(row).isEqualTo(cells.keySet());
            cells.forEach((name, accessor) -> {
                if (accessor != NO_ACCESSOR) {
                    assertThat(hex(reactsTo(accessor)))
                            .as("%s, cell %s", row, name)
                            .isEqualTo(hex(drawn.get(row).get(name)));
                }
            });
        });
    }

    /** The bits of the word that change what the accessor returns. */
    private static long reactsTo(LongFunction<?> accessor) {
        long bits = 0;
        for (long bit = 1; bit != 0; bit <<= 1) {
            if (!accessor.apply(bit).equals(accessor.apply(0))) {
                bits |= bit;
            }
        }
        return bits;
    }

    private static String hex(long bits) {
        return "%016x".formatted(bits);
    }
}
