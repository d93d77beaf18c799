// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.explain;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.trace.decode.Cause;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What people search for is explained without a log. */
class FaultGlossaryTest {
    private static final FaultGlossary GLOSSARY = new FaultGlossary();

    @ParameterizedTest
    @CsvSource({
        "C_BAD_STE, C_BAD_STE, stream table entry is invalid, never enabled",
        "c_bad_ste, C_BAD_STE, stream table entry is invalid, never enabled",
        "event 0x10, F_TRANSLATION, nothing is mapped, stale DMA",
        "fault reason 0x6, fault reason 0x06, PTE Read access is not set, stale DMA",
        "[fault reason 0x06], fault reason 0x06, PTE Read access is not set, stale DMA",
        "fault reason 06, fault reason 0x06, PTE Read access is not set, stale DMA",
        "fault reason 38, fault reason 0x26, source-id verification, another requester id",
        "reason 0x71, fault reason 0x71, first-level paging entry, stale DMA",
        "PTE Write access is not set, fault reason 0x05, PTE Write access is not set, read-only",
        "Unhandled context fault, Unhandled context fault, SMMU of version 1 or 2, stale DMA",
        "TF, TF, translation fault, stale DMA",
        "IO_PAGE_FAULT, IO_PAGE_FAULT, isn't mapped, stale DMA",
        "IOTLB_INV_TIMEOUT, IOTLB_INV_TIMEOUT, didn't answer, hangs",
        "RZ, RZ, reserved bit, ''",
        "CMDQ_ERR, CMDQ_ERR, a command failed, ''",
        "PFO, PFO, a fault was lost, ''",
        "cause 13, cause 13, Read page fault, stale DMA",
        "Completion-Wait, Completion-Wait loop timed out, didn't complete, ATS",
        "AMD-Vi: Completion-Wait loop timed out, Completion-Wait loop timed out, didn't complete, ATS",
        "DMAR: VT-d detected Invalidation Time-out Error: SID 0, Invalidation Time-out Error, didn't answer, hangs",
        "fsynr=0x11, FSYNR0 0x11, write, ''"
    })
    void wordsAreExplained(String words, String name, String meaning, String cause) {
        List<Term> terms = GLOSSARY.explain(words);
        assertThat(terms).extracting(Term::name).containsExactly(name);
        assertThat(terms.get(0).meaning()).contains(meaning);
        assertThat(terms.get(0).causes().stream().map(Cause::cause).toList().toString())
                .contains(cause);
    }

    @ParameterizedTest
    @CsvSource({
        "fsr=0x80000408, 'PF, MULTI'",
        "GFSR 0x80000002, 'USF, GMULTI'",
        "flags=0x0180, 'RZ, TR'",
        "gerror 0x5, 'CMDQ_ERR, EVENTQ_ABT_ERR'",
        "fault status reg 3, 'PFO, PPF'"
    })
    void registersAreExplainedBitByBit(String words, String names) {
        assertThat(GLOSSARY.explain(words)).extracting(Term::name).containsExactly(names.split(", "));
    }

    @Test
    void everyEventOfTheArchitecture_isExplained() {
        EventId.named().forEach(id -> assertThat(GLOSSARY.explain(id.name()))
                .as(id.name())
                .singleElement()
                .satisfies(term -> assertThat(term.meaning()).isNotBlank()));
    }

    @Test
    void everyName_explainsItself() {
        for (String name : GLOSSARY.names()) {
            assertThat(GLOSSARY.explain(name)).as(name).extracting(Term::name).contains(name);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"xyzzy", "", "0", "fault reason 0x1ff", "event 0x0c", "fsr=0x0"})
    void unknownWords_areNotExplained_andHaveNearOnes(String words) {
        assertThat(GLOSSARY.explain(words)).isEmpty();
        assertThat(GLOSSARY.near(words)).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource({
        "C_BAD_ST, C_BAD_STE",
        "F_TRANSLATON, F_TRANSLATION",
        "IO_PAGE_FALT, IO_PAGE_FAULT",
        "completion wait loop timed ot, Completion-Wait loop timed out"
    })
    void misspelledWords_areNearTheRightOne(String words, String name) {
        assertThat(GLOSSARY.near(words).get(0)).isEqualTo(name);
    }
}
