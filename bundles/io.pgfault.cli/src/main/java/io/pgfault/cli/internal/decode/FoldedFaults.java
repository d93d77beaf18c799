// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.trace.decode.LogRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decoded records with repetitions folded: records that differ only in address, tags and counters become one, with a
 * count and an address range. A log of any length takes constant memory: when the table of faults or the table of
 * devices is full, later faults or devices are only counted.
 */
final class FoldedFaults implements Consumer<LogRecord> {
    /** The most blocks that a report has; a person reads no more. */
    static final int MAX_FOLDS = 1_000;

    static final int MAX_DEVICES = 1_000;

    private static final Set<String> ADDRESSES = Set.copyOf(RecordWords.ADDRESSES);
    private static final Set<String> VARYING = Stream.concat(
                    ADDRESSES.stream(), Stream.of("stag", "seq", "prg_index", "last", "fetch_addr", "ipa", "tag"))
            .collect(Collectors.toUnmodifiableSet());

    /** Records that say the same, but for their addresses. */
    static final class Fold {
        private final String file;
        private final LogRecord first;
        private final String address;
        private long count;
        private long lastLine;
        private long lowest = -1;
        private long highest;

        private Fold(String file, LogRecord first) {
            this.file = file;
            this.first = first;
            this.address = ADDRESSES.stream()
                    .filter(first.fields()::containsKey)
                    .findFirst()
                    .orElse("");
        }

        private void add(LogRecord record) {
            count++;
            lastLine = record.line();
            if (!address.isEmpty() && record.number(address).isPresent()) {
                long a = record.number(address).getAsLong();
                lowest = Long.compareUnsigned(a, lowest) < 0 ? a : lowest;
                highest = Long.compareUnsigned(a, highest) > 0 ? a : highest;
            }
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

    /** How many records a device has. */
    private static final class Tally {
        private long records;
    }

    private final Map<List<Object>, Fold> folds = new LinkedHashMap<>();
    private final Map<String, Tally> devices = new HashMap<>();
    private final ArrayList<Object> key = new ArrayList<>(32);
    private String file = "";
    private long unfolded;
    private long ofOtherDevices;

    /** The records that follow are of this file. */
    void file(String name) {
        file = name;
    }

    @Override
    public void accept(LogRecord record) {
        count(RecordWords.counted(record.device()));
        putKey(record);
        Fold fold = folds.get(key);
        if (fold == null) {
            if (folds.size() == MAX_FOLDS) {
                unfolded++;
                return;
            }
            fold = new Fold(file, record);
            folds.put(new ArrayList<>(key), fold);
        }
        fold.add(record);
    }

    private void count(String device) {
        Tally tally = devices.get(device);
        if (tally == null) {
            if (devices.size() == MAX_DEVICES) {
                ofOtherDevices++;
                return;
            }
            tally = new Tally();
            devices.put(device, tally);
        }
        tally.records++;
    }

    /** What records of one fold have in common. The list is used again for the next record. */
    private void putKey(LogRecord record) {
        key.clear();
        key.add(file);
        key.add(record.type());
        key.add(record.complete());
        key.add(record.device());
        record.fields().forEach((name, value) -> {
            key.add(name);
            if (!VARYING.contains(name)) {
                key.add(value);
            }
        });
        record.causes().forEach(cause -> key.add(cause.cause()));
    }

    /** Names of the fields that a fold's range stands for. */
    static boolean isAddress(String field) {
        return ADDRESSES.contains(field);
    }

    /** Names of the fields that differ within a fold, addresses among them. */
    static boolean varies(String field) {
        return VARYING.contains(field);
    }

    Collection<Fold> folds() {
        return folds.values();
    }

    /** How many records each device has. */
    Map<String, Long> devices() {
        Map<String, Long> counts = new HashMap<>();
        devices.forEach((device, tally) -> counts.put(device, tally.records));
        return counts;
    }

    /** How many records are in no fold. */
    long unfolded() {
        return unfolded;
    }

    /** How many records are of devices that are not listed. */
    long ofOtherDevices() {
        return ofOtherDevices;
    }
}
