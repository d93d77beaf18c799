// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.smmuv3.spec.BitDiagram.Field;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.LongToIntFunction;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** The diagrams in the javadoc and the getters say the same, bit by bit. */
class BitDiagramTest {
    private static LongUnaryOperator number(LongToIntFunction getter) {
        return word -> getter.applyAsInt(word) & 0xffff_ffffL;
    }

    private static LongUnaryOperator flag(LongPredicate getter) {
        return word -> getter.test(word) ? 1 : 0;
    }

    /** A getter that leaves an address where it lies in its word. */
    private static LongUnaryOperator address(LongUnaryOperator getter, int low) {
        return word -> getter.applyAsLong(word) >>> low;
    }

    @Test
    void eventRecord() throws Exception {
        check(
                EventRecord.class,
                Map.ofEntries(
                        Map.entry("word 0 StreamID", number(EventRecord::streamId)),
                        Map.entry("word 0 SubstreamID", number(EventRecord::substreamId)),
                        Map.entry("word 0 SSV", flag(EventRecord::ssv)),
                        Map.entry("word 0 event id", number(EventRecord::eventId)),
                        Map.entry("word 1 Class", number(EventRecord::faultClass)),
                        Map.entry("word 1 S2", flag(EventRecord::stage2)),
                        Map.entry("word 1 RnW", flag(EventRecord::read)),
                        Map.entry("word 1 InD", flag(EventRecord::instruction)),
                        Map.entry("word 1 PnU", flag(EventRecord::privileged)),
                        Map.entry("word 1 Stall", flag(EventRecord::stall)),
                        Map.entry("word 1 STAG", number(EventRecord::stag)),
                        Map.entry("word 2 input address", word -> new EventRecord(0, 0, word, 0).inputAddress()),
                        Map.entry("word 3 IPA", address(EventRecord::ipa, 12))));
    }

    @Test
    void priRecord() throws Exception {
        check(
                PriRecord.class,
                Map.ofEntries(
                        Map.entry("word 0 SSV", flag(PriRecord::ssv)),
                        Map.entry("word 0 Last", flag(PriRecord::last)),
                        Map.entry("word 0 W", flag(PriRecord::write)),
                        Map.entry("word 0 R", flag(PriRecord::read)),
                        Map.entry("word 0 X", flag(PriRecord::execute)),
                        Map.entry("word 0 Priv", flag(PriRecord::privileged)),
                        Map.entry("word 0 SubstreamID", number(PriRecord::substreamId)),
                        Map.entry("word 0 StreamID", number(PriRecord::streamId)),
                        Map.entry("word 1 page address", address(PriRecord::pageAddress, 12)),
                        Map.entry("word 1 PRG index", number(PriRecord::prgIndex))));
    }

    @Test
    void command() throws Exception {
        LongUnaryOperator opcode = number(Command::opcode);
        LongUnaryOperator streamId = number(Command::streamId);
        check(
                Command.class,
                Map.ofEntries(
                        Map.entry("CMD_PRI_RESP word 0 StreamID", streamId),
                        Map.entry("CMD_PRI_RESP word 0 SubstreamID", number(Command::substreamId)),
                        Map.entry("CMD_PRI_RESP word 0 SSV", flag(Command::ssv)),
                        Map.entry("CMD_PRI_RESP word 0 opcode", opcode),
                        Map.entry("CMD_PRI_RESP word 1 Resp", number(Command::priResponse)),
                        Map.entry("CMD_PRI_RESP word 1 PRG index", number(Command::prgIndex)),
                        Map.entry("CMD_RESUME word 0 StreamID", streamId),
                        Map.entry("CMD_RESUME word 0 response", number(Command::resumeResponse)),
                        Map.entry("CMD_RESUME word 0 opcode", opcode),
                        Map.entry("CMD_RESUME word 1 STAG", number(Command::stag)),
                        Map.entry("CMD_STALL_TERM word 0 StreamID", streamId),
                        Map.entry("CMD_STALL_TERM word 0 opcode", opcode),
                        Map.entry("CMD_SYNC word 0 MSIData", number(Command::msiData)),
                        Map.entry("CMD_SYNC word 0 CS", number(Command::syncSignal)),
                        Map.entry("CMD_SYNC word 0 opcode", opcode),
                        Map.entry("CMD_SYNC word 1 MSIAddress", address(Command::msiAddress, 2))));
    }

    private static void check(Class<?> type, Map<String, LongUnaryOperator> getters) throws Exception {
        Set<String> drawn = new HashSet<>();
        for (Map.Entry<String, List<Field>> word : BitDiagram.of(type).entrySet()) {
            int next = 63;
            for (Field field : word.getValue()) {
                String name = word.getKey() + " " + field.name();
                assertThat(field.high()).as(name).isEqualTo(next);
                assertThat(field.low()).as(name).isLessThanOrEqualTo(field.high());
                next = field.low() - 1;
                if (!field.reserved()) {
                    drawn.add(name);
                    assertThat(getters).containsKey(name);
                    assertBits(getters.get(name), field, name);
                }
            }
            assertThat(next).as(word.getKey() + " is drawn to bit 0").isEqualTo(-1);
        }
        assertThat(drawn).isEqualTo(getters.keySet());
    }

    private static void assertBits(LongUnaryOperator getter, Field field, String name) {
        for (int bit = 0; bit < Long.SIZE; bit++) {
            boolean inside = bit >= field.low() && bit <= field.high();
            assertThat(getter.applyAsLong(1L << bit))
                    .as("%s, bit %d alone", name, bit)
                    .isEqualTo(inside ? 1L << (bit - field.low()) : 0);
        }
    }
}
