// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.space;

import io.pgfault.api.TableFormat;
import java.util.Map;
import java.util.TreeMap;

/** Reads the format of a page table as configuration writes it. */
final class FormatName {
    /** The format that an address space has unless configuration says otherwise. */
    static final String DEFAULT = "x86-64-4";

    private static final Map<String, TableFormat> FORMATS = Map.of(
            DEFAULT,
            TableFormat.X86_FOUR_LEVELS,
            "x86-64-5",
            TableFormat.X86_FIVE_LEVELS,
            "aarch64",
            TableFormat.AARCH64_FOUR_LEVELS);

    private FormatName() {}

    /**
     * Reads a name.
     *
     * @param space name of the address space, for the message
     * @throws IllegalArgumentException if no format has that name; the message lists the names
     */
    static TableFormat parse(String space, String name) {
        TableFormat format = FORMATS.get(name == null ? DEFAULT : name.strip());
        if (format == null) {
            throw new IllegalArgumentException(
                    "address space '%s': format of io.pgfault.sva.space: \"%s\" is no format of page tables; write one of %s"
                            .formatted(space, name, new TreeMap<>(FORMATS).keySet()));
        }
        return format;
    }
}
