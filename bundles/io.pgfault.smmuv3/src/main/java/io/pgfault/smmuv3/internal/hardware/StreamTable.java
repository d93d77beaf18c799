// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

/** The stream table: StreamID to {@link Stream} (IHI 0070, 3.3). Looked up by hardware and driver alike. */
public final class StreamTable {
    private final IdMap<Stream> streams = new IdMap<>();

    /** The stream of that id, null if there is none. */
    public Stream find(int streamId) {
        return streams.get(streamId);
    }

    /** Adds a stream unless its id is taken; returns whether it was added. */
    public boolean add(Stream stream) {
        return streams.putIfAbsent(stream.id(), stream) == null;
    }

    /** Removes a stream. */
    public void remove(Stream stream) {
        streams.remove(stream.id());
    }
}
