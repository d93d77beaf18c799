// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import java.util.Arrays;
import java.util.function.LongConsumer;

/** Addresses of tables that were cut out of a page table. One thread. */
final class TableList {
    private static final int FEW = 8;

    private long[] tables = new long[FEW];
    private int size;

    void add(long table) {
        if (size == tables.length) {
            tables = Arrays.copyOf(tables, size << 1);
        }
        tables[size++] = table;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void forEach(LongConsumer consumer) {
        for (int i = 0; i < size; i++) {
            consumer.accept(tables[i]);
        }
    }
}
