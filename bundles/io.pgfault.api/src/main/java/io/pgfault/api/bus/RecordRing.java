// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A hardware queue that takes recorded faults. The queue holds records exactly as they are given, valid or not. Any
 * thread may call any method, one record at a time.
 */
@ConsumerType
public interface RecordRing {
    /** Size of one record in bytes. */
    int recordSize();

    /**
     * Writes the {@link #recordSize} bytes at {@code record}'s position (which does not move) if the ring has room and
     * takes records; else nothing happens.
     *
     * @return whether the record was written
     */
    boolean offer(ByteBuffer record);

    /**
     * Writes a record as the hardware does. Without room the hardware drops the record and flags an overflow, and the
     * hardware itself answers Success to a dropped request that is the last of its group (rules V02, A08).
     *
     * @return false if the record was lost
     */
    boolean post(ByteBuffer record);

    /** Waits until {@link #offer} would take a record, or the timeout has passed; returns whether it would. */
    boolean awaitRoom(long timeoutNanos) throws InterruptedException;
}
