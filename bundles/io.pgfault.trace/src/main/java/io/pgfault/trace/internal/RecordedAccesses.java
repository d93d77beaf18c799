// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.trace.AccessSource;
import io.pgfault.trace.RecordSource;
import io.pgfault.trace.UnreadableInput;
import java.io.IOException;

/**
 * Recorded faults as accesses. Each request stands for the access that faulted, with one byte at its address. The
 * requests of all devices and PASIDs count as those of one program. The reader skips a record that asks for no page: a
 * stop marker, an event that isn't of a translation, a request for an execute alone.
 */
public final class RecordedAccesses implements AccessSource {
    private final RecordSource source;
    private final RecordFields fields;
    private int permissions;
    private long address;
    private long accesses;

    /** Reads {@code source}, from its start, and closes it in the end. */
    public RecordedAccesses(RecordSource source) {
        this.source = source;
        this.fields = RecordFields.of(source.format());
    }

    @Override
    public boolean next() throws UnreadableInput {
        while (source.next()) {
            permissions = fields.isFault(source.record()) ? fields.permissions(source.record()) : 0;
            if (permissions != 0) {
                address = fields.address(source.record());
                accesses++;
                return true;
            }
        }
        if (accesses == 0) {
            throw UnreadableInput.of(source.name(), "none of its records asks for a page");
        }
        return false;
    }

    @Override
    public int permissions() {
        return permissions;
    }

    @Override
    public long address() {
        return address;
    }

    /** Returns 1, the size of every access of this source, in bytes. */
    @Override
    public int size() {
        return 1;
    }

    @Override
    public long line() {
        return source.records();
    }

    @Override
    public long accesses() {
        return accesses;
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
