// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal.decode;

import io.pgfault.trace.decode.LogRecord;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** Records leave in the order of their first lines, although some are known before others that started earlier. */
final class Outbox {
    /** The place of a record that isn't whole yet. */
    final class Slot {
        private final long line;
        private Draft draft;
        private boolean settled;

        private Slot(long line) {
            this.line = line;
        }

        void fill(Draft record) {
            draft = record;
            settled = true;
            flush();
        }

        void cancel() {
            settled = true;
            flush();
        }
    }

    private final Consumer<LogRecord> sink;
    private final Deque<Slot> slots = new ArrayDeque<>();

    Outbox(Consumer<LogRecord> sink) {
        this.sink = sink;
    }

    Slot reserve(long line) {
        Slot slot = new Slot(line);
        slots.add(slot);
        return slot;
    }

    private void flush() {
        while (!slots.isEmpty() && slots.peek().settled) {
            Slot slot = slots.remove();
            if (slot.draft != null) {
                sink.accept(slot.draft.toRecord(slot.line));
            }
        }
    }
}
