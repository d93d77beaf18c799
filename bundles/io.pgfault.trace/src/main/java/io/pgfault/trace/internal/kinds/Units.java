// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.kinds;

import io.pgfault.trace.decode.Characters;

/** The names of units and devices that drivers put before their messages: {@code arm-smmu 15000000.iommu: }. */
public final class Units {
    private Units() {}

    /** The name right before index {@code start}; empty if none stands there, or only the driver's. */
    public static String before(String text, int start) {
        int end = start;
        while (end > 0 && Characters.isSpace(text.charAt(end - 1))) {
            end--;
        }
        if (end == 0 || text.charAt(end - 1) != ':') {
            return "";
        }
        end--;
        int from = end;
        while (from > 0 && !Characters.isSpace(text.charAt(from - 1))) {
            from--;
        }
        String name = text.substring(from, end);
        boolean ofUnit = name.indexOf('.') > 0 || name.indexOf('@') > 0 || name.matches("[a-z_0-9-]*mmu[a-z_-]*\\d+");
        return ofUnit && name.matches("[\\w./@,:-]{2,80}") ? name : "";
    }
}
