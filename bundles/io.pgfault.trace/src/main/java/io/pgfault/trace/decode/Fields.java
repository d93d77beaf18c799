// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * The fields of a record, in the order in which its builder put them. A record has about ten fields, and a log has
 * millions of records: two arrays are smaller and faster than a hash table. Only the builder changes the fields.
 */
final class Fields extends AbstractMap<String, Value> {
    private static final int HEX_DIGITS = 16;

    private String[] names = new String[12];
    private Value[] values = new Value[12];
    private int size;

    void set(String name, Value value) {
        int i = indexOf(name);
        if (i < 0) {
            if (size == names.length) {
                names = Arrays.copyOf(names, 2 * size);
                values = Arrays.copyOf(values, 2 * size);
            }
            i = size++;
            names[i] = name;
        }
        values[i] = value;
    }

    /** Drops the fields after the first ones. */
    void truncate(int first) {
        size = Math.min(size, Math.max(first, 0));
    }

    boolean has(String name) {
        return indexOf(name) >= 0;
    }

    /** A field's value as text; empty if it isn't there. */
    String text(String name) {
        int i = indexOf(name);
        return i < 0 ? "" : values[i].toString();
    }

    /** The number that a text of {@code 0x} and at most 16 hexadecimal digits stands for. */
    static OptionalLong hex(String text) {
        int length = text.length();
        if (length < 3 || length > 2 + HEX_DIGITS || !text.startsWith("0x")) {
            return OptionalLong.empty();
        }
        long number = 0;
        for (int i = 2; i < length; i++) {
            int digit = Characters.hexDigit(text.charAt(i));
            if (digit < 0) {
                return OptionalLong.empty();
            }
            number = number << 4 | digit;
        }
        return OptionalLong.of(number);
    }

    private int indexOf(Object name) {
        for (int i = 0; i < size; i++) {
            if (names[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public boolean containsKey(Object name) {
        return indexOf(name) >= 0;
    }

    @Override
    public Value get(Object name) {
        int i = indexOf(name);
        return i < 0 ? null : values[i];
    }

    @Override
    public void forEach(BiConsumer<? super String, ? super Value> action) {
        for (int i = 0; i < size; i++) {
            action.accept(names[i], values[i]);
        }
    }

    @Override
    public Set<Entry<String, Value>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public int size() {
                return size;
            }

            @Override
            public Iterator<Entry<String, Value>> iterator() {
                return new Iterator<>() {
                    private int next;

                    @Override
                    public boolean hasNext() {
                        return next < size;
                    }

                    @Override
                    public Entry<String, Value> next() {
                        if (!hasNext()) {
                            throw new NoSuchElementException();
                        }
                        return new SimpleImmutableEntry<>(names[next], values[next++]);
                    }
                };
            }
        };
    }
}
