// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.table;

import io.pgfault.api.Permissions;
import io.pgfault.api.TableFormat;
import io.pgfault.api.Translation;

/**
 * Descriptors of AArch64 stage 1 with the 4 KiB granule, which an SMMUv3 reads (DDI 0487 J.a D8.3).
 *
 * <pre>
 *  63  57   56    55   54  53  52 48 47                12 11 10 9 8   7     6   5   2 1 0
 * +------+-----+-----+---+---+------+--------------------+--+--+----+-----+-----+-----+-+-+
 * |  0   |FRAME|READ |UXN|PXN|  0   |       address      |nG|AF| SH |AP[2]|AP[1]|  0  |1|V|
 * +------+-----+-----+---+---+------+--------------------+--+--+----+-----+-----+-----+-+-+
 * FRAME, READ: see EntryFormat
 * </pre>
 *
 * A writable page can be read. A page that grants only execution has AP[1] clear, so that only privileged requests read
 * there. UXN and PXN are set together, and the architecture adds PXN to a page that unprivileged accesses may write.
 * The dirty bit modifier stays clear: a page of a file is mapped without writing until the first write faults, so no
 * descriptor has to tell of a write. A unit must update access flags (CD.HA).
 */
record Aarch64Entries() implements EntryFormat {
    private static final int LEVELS = 4;
    private static final long VALID = 1L;
    private static final long TABLE_OR_PAGE = 1L << 1;
    private static final long UNPRIVILEGED = 1L << 6;
    private static final long READ_ONLY = 1L << 7;
    private static final long INNER_SHAREABLE = 3L << 8;
    private static final long AF = 1L << 10;
    private static final long NOT_GLOBAL = 1L << 11;
    private static final long PXN = 1L << 53;
    private static final long UXN = 1L << 54;
    private static final long READ = 1L << 55;
    private static final long FRAME = 1L << 56;
    private static final long ADDRESS = (1L << 48) - Translation.PAGE_SIZE;

    @Override
    public TableFormat format() {
        return TableFormat.AARCH64_FOUR_LEVELS;
    }

    @Override
    public int levels() {
        return LEVELS;
    }

    /** All of TTBR0's 48 bits; the kernel's addresses have a table of their own. */
    @Override
    public long lastPage() {
        return (1L << (INDEX_BITS * LEVELS)) - 1;
    }

    @Override
    public long table(long address) {
        return address | TABLE_OR_PAGE | VALID;
    }

    @Override
    public boolean isTable(long word) {
        return (word & VALID) != 0;
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
                | TABLE_OR_PAGE
                | VALID
                | INNER_SHAREABLE
                | NOT_GLOBAL
                | ((permissions & (Permissions.READ | Permissions.WRITE)) != 0 ? UNPRIVILEGED : 0)
                | ((permissions & Permissions.READ) != 0 ? READ : 0)
                | ((permissions & Permissions.WRITE) != 0 ? 0 : READ_ONLY)
                | ((permissions & Permissions.EXEC) != 0 ? 0 : UXN | PXN);
    }

    @Override
    public long entry(long word) {
        if ((word & FRAME) == 0) {
            return PageEntry.NONE;
        }
        int read = (word & READ) != 0 ? Permissions.READ : 0;
        return PageEntry.of(address(word), (word & VALID) == 0 ? 0 : read | writeAndExecute(word));
    }

    @Override
    public long translation(long word) {
        if ((word & VALID) == 0) {
            return Translation.NONE;
        }
        int read = (word & UNPRIVILEGED) != 0 ? Permissions.READ : 0;
        return Translation.of(address(word), read | writeAndExecute(word));
    }

    private static int writeAndExecute(long word) {
        return ((word & READ_ONLY) != 0 ? 0 : Permissions.WRITE) | ((word & UXN) != 0 ? 0 : Permissions.EXEC);
    }

    @Override
    public long accessed() {
        return AF;
    }

    @Override
    public long marks() {
        return AF;
    }
}
