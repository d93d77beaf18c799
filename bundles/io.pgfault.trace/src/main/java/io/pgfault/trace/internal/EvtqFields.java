// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.api.Pasid;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import java.nio.ByteBuffer;
import java.util.BitSet;

/** SMMUv3 event records. */
final class EvtqFields implements RecordFields {
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
    public String description() {
        return "an event that the architecture names";
    }

    private static long word0(ByteBuffer record) {
        return record.getLong(record.position());
    }
}
