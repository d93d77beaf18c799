// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.nest;

import java.nio.ByteBuffer;

/**
 * A control record, see {@link io.pgfault.userfault.spec.ControlRecord}.
 *
 * @param data the bytes after the header, little-endian; no thread writes there
 */
public record ControlRequest(int token, int op, int devId, int pasid, int type, ByteBuffer data) {
    /**
     * What became of a control record, see {@link io.pgfault.userfault.spec.AckRecord}.
     *
     * @param done how many entries were done
     * @param errno 0 if all was done
     */
    public record Ack(int token, int op, long done, int errno) {}
}
