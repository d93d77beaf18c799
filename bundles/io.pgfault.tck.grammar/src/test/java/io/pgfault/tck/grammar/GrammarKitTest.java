// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.grammar;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.trace.decode.RecordBuilder;
import io.pgfault.trace.decode.RecordType;
import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.grammar.MessageScanner;
import io.pgfault.trace.grammar.Reading;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The kit passes a right grammar of another vendor, and names the fault of a wrong grammar. */
class GrammarKitTest {
    private static final List<String> SAMPLES = List.of("acme-iommu 0: acme fault at 0x1000 write.");

    /** The grammar of a vendor that this project doesn't know. */
    private static final class AcmeGrammar implements LogGrammar {
        private static final RecordType TYPE = new RecordType("acme_fault", "ACME fault");
        private final String needle;

        AcmeGrammar(String needle) {
            this.needle = needle;
        }

        @Override
        public List<String> needles() {
            return List.of(needle);
        }

        @Override
        public int start(String text, int index) {
            return LogGrammar.startOf(text, index, "acme fault at ");
        }

        @Override
        public Reading read(String text, int start) {
            MessageScanner scan = new MessageScanner(text, start);
            long address = scan.literal("acme fault at").hex();
            scan.literal("write.");
            RecordBuilder record = new RecordBuilder(TYPE);
            return Reading.of(scan, scan.ok() ? record.hex("address", address) : record);
        }
    }

    @Test
    void aGrammarThatIsRight_passes() {
        new GrammarKit(new AcmeGrammar("acme fau"), SAMPLES).check();
    }

    @Test
    void aNeedleOfAnotherLength_isNamed() {
        assertThatThrownBy(() -> new GrammarKit(new AcmeGrammar("acme"), SAMPLES).check())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("acme");
    }

    @Test
    void aSampleThatGivesNoRecord_isNamed() {
        assertThatThrownBy(() -> new GrammarKit(new AcmeGrammar("acme fau"), List.of("acme fault elsewhere")).check())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("0 records");
    }
}
