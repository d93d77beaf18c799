// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import io.pgfault.api.ResponseCode;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/** Watches a unit's responses. */
@FunctionalInterface
@ConsumerType
public interface ResponseTap {
    /**
     * The hardware has consumed a response record. Called in the order of consumption, one call at a time, on whichever
     * thread rang the hardware's doorbell. Must not block.
     *
     * @param record the raw record, position to limit, little-endian; valid during the call only
     * @param code what it says
     */
    void consumed(ByteBuffer record, ResponseCode code);
}
