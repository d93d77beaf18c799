// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.spec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Little-endian words in a buffer of any order, at any offset. */
final class Words {
    private static final VarHandle INT = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Words() {}

    static void putInt(ByteBuffer buffer, int at, int value) {
        INT.set(buffer, at, value);
    }

    static int getInt(ByteBuffer buffer, int at) {
        return (int) INT.get(buffer, at);
    }

    static void putLong(ByteBuffer buffer, int at, long value) {
        LONG.set(buffer, at, value);
    }

    static long getLong(ByteBuffer buffer, int at) {
        return (long) LONG.get(buffer, at);
    }
}
