// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.smmuv3.spec.PriRecord;
import java.nio.ByteBuffer;

/** SMMUv3 PRI queue records: any 16 bytes are one. */
final class PriqFields implements RecordFields {
    @Override
    public boolean isFault(ByteBuffer record) {
        return true;
    }

    @Override
    public int device(ByteBuffer record) {
        return PriRecord.streamId(word0(record));
    }

    @Override
    public int pasid(ByteBuffer record) {
        long word0 = word0(record);
        return PriRecord.ssv(word0) ? PriRecord.substreamId(word0) : Pasid.NONE;
    }

    @Override
    public long address(ByteBuffer record) {
        return PriRecord.pageAddress(record.getLong(record.position() + Long.BYTES));
    }

    @Override
    public int permissions(ByteBuffer record) {
        long word0 = word0(record);
        return (PriRecord.read(word0) ? Permissions.READ : 0) | (PriRecord.write(word0) ? Permissions.WRITE : 0);
    }

    @Override
    public String description() {
        return "a page request";
    }

    private static long word0(ByteBuffer record) {
        return record.getLong(record.position());
    }
}
