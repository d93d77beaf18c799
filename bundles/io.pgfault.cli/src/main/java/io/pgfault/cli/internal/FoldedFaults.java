// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import io.pgfault.trace.decode.LogRecord;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Decoded records with repetitions folded: those that differ in nothing but address, tags and counters become one, with
 * a count and an address range. Of a log with more different faults than fit, the later ones are only counted.
 */
final class FoldedFaults implements Consumer<LogRecord> {
    private static final int MAX_FOLDS = 10_000;
    private static final List<String> ADDRESSES = List.of("input_addr", "addr", "address", "iova", "iotval");
    private static final List<String> VARYING = List.of("stag", "seq", "prg_index", "last", "fetch_addr", "ipa", "tag");

    /** Records that say the same, but for their addresses. */
    static final class Fold {
        private final String file;
        private final LogRecord first;
        private long count;
        private long lastLine;
        private long lowest = -1;
        private long highest;

        private Fold(String file, LogRecord first) {
            this.file = file;
            this.first = first;
        }

        private void add(LogRecord record) {
            count++;
            lastLine = record.line();
            address(record).map(record::text).forEach(text -> {
                long a = Long.parseUnsignedLong(text.substring(2), 16);
                lowest = Long.compareUnsigned(a, lowest) < 0 ? a : lowest;
                highest = Long.compareUnsigned(a, highest) > 0 ? a : highest;
            });
        }

        String file() {
            return file;
        }

        LogRecord first() {
            return first;
        }

        long count() {
            return count;
        }

        long lastLine() {
            return lastLine;
        }

        /** The address, or the range of addresses; empty if there is none. */
        String addresses() {
            return Long.compareUnsigned(lowest, highest) > 0
                    ? ""
                    : lowest == highest ? "0x%x".formatted(lowest) : "0x%x to 0x%x".formatted(lowest, highest);
        }
    }

    private final Map<String, Fold> folds = new LinkedHashMap<>();
    private final Map<String, Long> devices = new TreeMap<>();
    private String file = "";
    private long records;
    private long unfolded;

    /** The records that follow are of this file. */
    void file(String name) {
        file = name;
    }

    @Override
    public void accept(LogRecord record) {
        records++;
        if (devices.size() < MAX_FOLDS || devices.containsKey(record.device())) {
            devices.merge(record.device(), 1L, Long::sum);
        }
        String key = key(record);
        Fold fold = folds.get(key);
        if (fold == null) {
            if (folds.size() == MAX_FOLDS) {
                unfolded++;
                return;
            }
            fold = new Fold(file, record);
            folds.put(key, fold);
        }
        fold.add(record);
    }

    private String key(LogRecord record) {
        StringBuilder key = new StringBuilder(file)
                .append('\n')
                .append(record.type())
                .append(record.complete())
                .append(record.device());
        record.fields().forEach((name, value) -> {
            if (!ADDRESSES.contains(name) && !VARYING.contains(name)) {
                key.append('\n').append(name).append(' ').append(value);
            }
        });
        record.causes().forEach(cause -> key.append('\n').append(cause.cause()));
        return key.toString();
    }

    private static Stream<String> address(LogRecord record) {
        return ADDRESSES.stream().filter(record.fields()::containsKey).limit(1);
    }

    /** Names of the fields that a fold's range stands for. */
    static boolean isAddress(String field) {
        return ADDRESSES.contains(field);
    }

    Collection<Fold> folds() {
        return folds.values();
    }

    /** How many records each device has. */
    Map<String, Long> devices() {
        return devices;
    }

    long records() {
        return records;
    }

    /** How many records are in no fold. */
    long unfolded() {
        return unfolded;
    }
}
