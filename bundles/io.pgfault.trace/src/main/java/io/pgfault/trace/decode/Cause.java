// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import java.util.List;

/**
 * A likely cause: a guess, and what it is based on.
 *
 * @param cause what probably went wrong
 * @param fields names of the record's fields that suggest it
 * @param check what to look at next
 */
public record Cause(String cause, List<String> fields, String check) {
    /** Copies the list. */
    public Cause {
        fields = List.copyOf(fields);
    }
}
