// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.text;

import io.pgfault.trace.grammar.LogGrammar;
import io.pgfault.trace.internal.amd.AmdGrammar;
import io.pgfault.trace.internal.amd.XenAmdGrammar;
import io.pgfault.trace.internal.kinds.DartGrammar;
import io.pgfault.trace.internal.kinds.EsxiGrammar;
import io.pgfault.trace.internal.kinds.ExynosGrammar;
import io.pgfault.trace.internal.kinds.IpmmuGrammar;
import io.pgfault.trace.internal.kinds.MtkGrammar;
import io.pgfault.trace.internal.kinds.QemuRiscvGrammar;
import io.pgfault.trace.internal.kinds.RiscvGrammar;
import io.pgfault.trace.internal.kinds.RockchipGrammar;
import io.pgfault.trace.internal.kinds.Smmuv2Grammar;
import io.pgfault.trace.internal.kinds.SunxiGrammar;
import io.pgfault.trace.internal.kinds.SuppressedGrammar;
import io.pgfault.trace.internal.kinds.TraceGrammar;
import io.pgfault.trace.internal.qemu.QemuSmmuGrammar;
import io.pgfault.trace.internal.qemu.QemuVtdGrammar;
import io.pgfault.trace.internal.smmuv3.SmmuGrammar;
import io.pgfault.trace.internal.vtd.DmarGrammar;
import io.pgfault.trace.internal.vtd.DmarQueueGrammar;
import io.pgfault.trace.internal.vtd.XenDmarGrammar;
import java.util.ArrayList;
import java.util.List;

/** The kinds that this bundle knows: the one list that a new grammar of this bundle joins. */
public final class BuiltInGrammars {
    private BuiltInGrammars() {}

    /** The words by which the built-in grammars find their messages. */
    public static List<String> needles() {
        return with(new SmmuGrammar(), List.of()).stream()
                .flatMap(grammar -> grammar.needles().stream())
                .distinct()
                .toList();
    }

    /** All grammars for one log: the built-in ones, then {@code more}. */
    static List<LogGrammar> with(SmmuGrammar smmu, List<LogGrammar> more) {
        List<LogGrammar> all = new ArrayList<>(List.of(
                new DmarGrammar(),
                new DmarQueueGrammar(),
                new XenDmarGrammar(),
                new AmdGrammar(),
                new XenAmdGrammar(),
                new TraceGrammar(),
                new RiscvGrammar(),
                smmu,
                new Smmuv2Grammar(),
                new RockchipGrammar(),
                new MtkGrammar(),
                new ExynosGrammar(),
                new DartGrammar(),
                new IpmmuGrammar(),
                new SunxiGrammar(),
                new QemuVtdGrammar(),
                new QemuSmmuGrammar(),
                new QemuRiscvGrammar(),
                new EsxiGrammar(),
                new SuppressedGrammar(),
                new JournalBytes()));
        all.addAll(more);
        return all;
    }
}
