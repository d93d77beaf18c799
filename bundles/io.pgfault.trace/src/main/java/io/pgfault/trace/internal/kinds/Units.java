// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.kinds;

import io.pgfault.trace.decode.Characters;
import io.pgfault.trace.decode.RecordBuilder;

/** The names of units and devices that drivers put before their messages: {@code arm-smmu 15000000.iommu: }. */
public final class Units {
    private Units() {}

    /**
     * Puts the name of the unit that stands right before index {@code start}. A record without it is incomplete, and so
     * is one whose unit starts the line: the line may have been broken within the name.
     */
    static RecordBuilder put(RecordBuilder record, String text, int start) {
        String unit = before(text, start);
        if (!unit.isEmpty()) {
            record.text("unit", unit).device(unit);
        }
        return certain(text, start, unit) ? record : record.incomplete();
    }

    /** Whether more than the unit's name stands before the message. */
    static boolean certain(String text, int start, String unit) {
        return !unit.isEmpty() && !text.substring(0, start).strip().equals(unit + ":");
    }

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
