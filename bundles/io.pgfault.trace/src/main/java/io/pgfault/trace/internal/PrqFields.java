// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.api.Permissions;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.nio.ByteBuffer;

/** VT-d page request descriptors. */
final class PrqFields implements RecordFields {
    @Override
    public boolean isFault(ByteBuffer record) {
        return PageRequestDescriptor.type(word0(record)) == PageRequestDescriptor.TYPE;
    }

    @Override
    public int device(ByteBuffer record) {
        return PageRequestDescriptor.requesterId(word0(record));
    }

    @Override
    public int pasid(ByteBuffer record) {
        return PageRequestDescriptor.pasidOrNone(word0(record));
    }

    @Override
    public long address(ByteBuffer record) {
        return PageRequestDescriptor.address(word1(record));
    }

    @Override
    public int permissions(ByteBuffer record) {
        return PageRequestDescriptor.permissions(word0(record), word1(record)) & (Permissions.READ | Permissions.WRITE);
    }

    @Override
    public String description() {
        return "a page request descriptor (type 1)";
    }

    private static long word0(ByteBuffer record) {
        return PageRequestDescriptor.word(record, record.position(), 0);
    }

    private static long word1(ByteBuffer record) {
        return PageRequestDescriptor.word(record, record.position(), 1);
    }
}
