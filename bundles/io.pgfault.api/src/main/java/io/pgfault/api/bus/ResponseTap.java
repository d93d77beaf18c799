// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import io.pgfault.api.ResponseCode;
import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;

/** A plug-in that is shown a unit's responses. */
@FunctionalInterface
@ConsumerType
public interface ResponseTap {
    /**
     * Shows a response record that the hardware has consumed. The unit calls this method in the order of consumption,
     * one call at a time, on the thread that rang the doorbell. The tap doesn't block. What it throws is logged (rule
     * C21).
     *
     * @param record the raw record, position to limit, little-endian; valid during the call only
     * @param code the response code that the record carries
     */
    void consumed(ByteBuffer record, ResponseCode code);
}
