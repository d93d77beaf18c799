// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import org.osgi.annotation.versioning.ProviderType;

/** The value of a field: what JSON tells apart. */
@ProviderType
public sealed interface Value {
    /** A word, a device or a number in hexadecimal with {@code 0x}. */
    record Text(String text) implements Value {
        @Override
        public String toString() {
            return text;
        }
    }

    /** A number that people count in decimal. */
    record Count(long number) implements Value {
        @Override
        public String toString() {
            return Long.toString(number);
        }
    }

    /** Yes or no. */
    record Flag(boolean set) implements Value {
        @Override
        public String toString() {
            return Boolean.toString(set);
        }
    }
}
