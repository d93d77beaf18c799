// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.tck.HandlerUnderTest;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A page table over the pages that a test handler may grant, none of them mapped. */
final class GrantedPages implements PageTable {
    static final long START = 0x10_0000_0000L;
    static final long REFUSED = 0x20_0000_0000L;

    private final Set<Long> mapped = ConcurrentHashMap.newKeySet();

    /** Maps a page for reading, if it may be. */
    boolean map(long address, int permissions) {
        long page = address >>> Translation.PAGE_SHIFT;
        long first = START >>> Translation.PAGE_SHIFT;
        boolean granted =
                page >= first && page < first + HandlerUnderTest.PAGES && (permissions & ~Permissions.READ) == 0;
        if (granted) {
            mapped.add(page);
        }
        return granted;
    }

    @Override
    public long walk(long address) {
        return mapped.contains(address >>> Translation.PAGE_SHIFT)
                ? Translation.of(address, Permissions.READ)
                : Translation.NONE;
    }
}
