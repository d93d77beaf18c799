// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import io.pgfault.api.Permissions;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;

/**
 * Entries of x86-64 processors, which VT-d's first stage reads (SDM vol 3 §4.5; VT-d 4.1 §9.7).
 *
 * <pre>
 *   63   62  54  53    52   51                    12 11   7   6   5   4   3   2    1   0
 * +----+-------+-----+----+-------------------------+------+---+---+-------+----+----+---+
 * | XD |   0   |FRAME|READ|         address         |  0   | D | A |   0   | US | RW | P |
 * +----+-------+-----+----+-------------------------+------+---+---+-------+----+----+---+
 * FRAME, READ: see EntryFormat
 * </pre>
 *
 * A present page can be read: an area that grants only writing or only execution is mapped readable, as on a processor.
 * US is set at every level, so a privileged request may do what an unprivileged request may do.
 *
 * @param format of four or five levels
 */
record X86Entries(TableFormat format) implements EntryFormat {
    private static final long P = 1L;
    private static final long RW = 1L << 1;
    private static final long US = 1L << 2;
    private static final long A = 1L << 5;
    private static final long D = 1L << 6;
    private static final long READ = 1L << 52;
    private static final long FRAME = 1L << 53;
    private static final long XD = 1L << 63;
    private static final long ADDRESS = (1L << 52) - Translation.PAGE_SIZE;

    private static final int FOUR = 4;
    private static final int FIVE = 5;

    @Override
    public int levels() {
        return format == TableFormat.X86_FIVE_LEVELS ? FIVE : FOUR;
    }

    /** The lower canonical half; the upper half is the kernel's. */
    @Override
    public long lastPage() {
        return (1L << (INDEX_BITS * levels() - 1)) - 1;
    }

    @Override
    public long table(long address) {
        return address | US | RW | P;
    }

    @Override
    public boolean isTable(long word) {
        return (word & P) != 0;
    }

    @Override
    public long address(long word) {
        return word & ADDRESS;
    }

    @Override
    public long word(long entry) {
        int permissions = Translation.permissions(entry) & PageEntry.ACCESS;
        long page = PageEntry.frame(entry) | FRAME;
        if (permissions == 0) {
            return page;
        }
        return page
                | P
                | US
                | ((permissions & Permissions.READ) != 0 ? READ : 0)
                | ((permissions & Permissions.WRITE) != 0 ? RW : 0)
                | ((permissions & Permissions.EXEC) != 0 ? 0 : XD);
    }

    @Override
    public long entry(long word) {
        if ((word & FRAME) == 0) {
            return PageEntry.NONE;
        }
        int read = (word & READ) != 0 ? Permissions.READ : 0;
        return PageEntry.of(address(word), (word & P) == 0 ? 0 : read | writeAndExecute(word));
    }

    @Override
    public long translation(long word) {
        return (word & P) == 0
                ? Translation.NONE
                : Translation.of(address(word), Permissions.READ | writeAndExecute(word));
    }

    private static int writeAndExecute(long word) {
        return ((word & RW) != 0 ? Permissions.WRITE : 0) | ((word & XD) != 0 ? 0 : Permissions.EXEC);
    }

    @Override
    public long accessed() {
        return A;
    }

    @Override
    public long marks() {
        return A | D;
    }
}
