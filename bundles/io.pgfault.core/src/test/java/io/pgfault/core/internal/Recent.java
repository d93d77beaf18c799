// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import java.util.LinkedHashMap;
import java.util.Map;

/** The latest few by number, oldest first. */
final class Recent<V> extends LinkedHashMap<Long, V> {
    private static final long serialVersionUID = 1;
    private static final int KEPT = 48;

    private long added;

    /** Adds a value under the next number. */
    void add(V value) {
        put(++added, value);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, V> eldest) {
        return size() > KEPT;
    }
}
