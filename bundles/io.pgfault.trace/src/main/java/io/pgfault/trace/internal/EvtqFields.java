// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** SMMUv3 event records. */
final class EvtqFields implements RecordFields {
    private static final int WORD_1 = 8;
    private static final int ADDRESS = 16;

    private final BitSet ids = new BitSet();

    EvtqFields() {
        EventId.named().mapToInt(EventId::value).forEach(ids::set);
    }

    @Override
    public boolean isFault(ByteBuffer record) {
        return ids.get(EventRecord.eventId(word0(record)));
    }

    @Override
    public int device(ByteBuffer record) {
        return EventRecord.streamId(word0(record));
    }

    @Override
    public int pasid(ByteBuffer record) {
        long word0 = word0(record);
        return EventRecord.ssv(word0) ? EventRecord.substreamId(word0) : Pasid.NONE;
    }

    @Override
    public long address(ByteBuffer record) {
        return record.getLong(record.position() + ADDRESS);
    }

    /** READ or WRITE of the four events of a translation (IHI 0070 F.b §7.3.13 to §7.3.16); no other has an access. */
    @Override
    public int permissions(ByteBuffer record) {
        int id = EventRecord.eventId(word0(record));
        if (id < EventId.F_TRANSLATION.value() || id > EventId.F_PERMISSION.value()) {
            return 0;
        }
        return EventRecord.read(record.getLong(record.position() + WORD_1)) ? Permissions.READ : Permissions.WRITE;
    }

    @Override
    public String description() {
        return "an event that the architecture names";
    }

    private static long word0(ByteBuffer record) {
        return record.getLong(record.position());
    }
}
