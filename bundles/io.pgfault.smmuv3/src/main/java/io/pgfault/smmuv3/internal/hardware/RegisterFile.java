// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware;

import io.pgfault.smmuv3.spec.Registers;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The values of a unit's registers, off heap at their offsets (IHI 0070 F.b §6.2). Any thread; accesses are volatile.
 */
final class RegisterFile {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private final ByteBuffer memory =
            ByteBuffer.allocateDirect(Registers.BYTES + Integer.BYTES).alignedSlice(Integer.BYTES);

    int get(int offset) {
        return (int) INT.getVolatile(memory, offset);
    }

    void set(int offset, int value) {
        INT.setVolatile(memory, offset, value);
    }

    /** Writes a register whose reader needs no order with what the writing thread reads afterwards. */
    void setRelease(int offset, int value) {
        INT.setRelease(memory, offset, value);
    }
}
