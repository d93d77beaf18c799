// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.explain;

import io.pgfault.trace.decode.Cause;
import java.util.List;

/**
 * An event, a reason, a bit or a message, explained.
 *
 * @param name as the driver or the specification writes it
 * @param kind what the name is one of, such as {@code SMMUv3 event}
 * @param meaning what happened, in words
 * @param causes likely causes, the likeliest first; which of them counts may depend on the address and the access
 * @param source the document, revision and section that define the name; empty if it is a driver's message
 */
public record Term(String name, String kind, String meaning, List<Cause> causes, String source) {
    /** Copies the list. */
    public Term {
        causes = List.copyOf(causes);
    }
}
