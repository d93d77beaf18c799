// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.UnitLogger;
import io.pgfault.smmuv3.internal.hardware.Mmio;
import io.pgfault.smmuv3.internal.hardware.QueueMemory;
import io.pgfault.smmuv3.spec.QueueRegisters;

/**
 * Software's end of a queue that the hardware produces (IHI 0070 F.b §3.5.1): consumes the queue in batches. Used by
 * the event thread alone.
 *
 * <p>After a batch the reader writes the consumer register, so that the hardware has room, and submits the responses
 * that were given within the batch. The reader does both also if a report throws.
 */
final class QueueReader {
    /** Largest batch: the hardware gets room again after at most so many records. */
    private static final int BATCH = 64;

    private final String unit;
    private final Mmio mmio;
    private final QueueMemory memory;
    private final int producer;
    private final int consumer;
    private final RecordReports reports;
    private final Responses responses;
    private final Runnable overflow;
    private final RateLimitedLog failures;

    /**
     * A reader.
     *
     * @param unit the unit's name, for messages
     * @param producer offset of the producer register
     * @param consumer offset of the consumer register
     * @param overflow what to do about an overflow when the queue has been drained, before it is acknowledged
     */
    QueueReader(
            String unit,
            Mmio mmio,
            QueueMemory memory,
            int producer,
            int consumer,
            RecordReports reports,
            Responses responses,
            Runnable overflow) {
        this.unit = unit;
        this.failures = new RateLimitedLog(UnitLogger.of(unit));
        this.mmio = mmio;
        this.memory = memory;
        this.producer = producer;
        this.consumer = consumer;
        this.reports = reports;
        this.responses = responses;
        this.overflow = overflow;
    }

    /**
     * One pass: consumes what was in the queue when the pass began. The reader deals with an overflow and acknowledges
     * it when the queue is empty; until then another pass comes first (rule A08; §7.4, §8.2).
     *
     * @return whether there may be more to do
     */
    boolean pass() {
        int end = mmio.read(producer);
        int head = mmio.read(consumer);
        boolean any = !QueueRegisters.isEmpty(end, head, memory.log2());
        while (!QueueRegisters.isEmpty(end, head, memory.log2())) {
            head = batch(end, head);
        }
        return acknowledgeOverflow(head) || any;
    }

    private int batch(int end, int start) {
        int count = Math.min(BATCH, QueueRegisters.count(end, start, memory.log2()));
        int head = start;
        try {
            for (int i = 0; i < count; i++) {
                int record = head;
                head = QueueRegisters.next(head, memory.log2());
                report(record);
            }
        } finally {
            mmio.write(consumer, head);
            responses.submit();
        }
        return head;
    }

    private boolean acknowledgeOverflow(int head) {
        int tail = mmio.read(producer);
        if (!QueueRegisters.overflowed(tail, head)) {
            return false;
        }
        if (QueueRegisters.isEmpty(tail, head, memory.log2())) {
            overflow.run();
            mmio.write(consumer, QueueRegisters.acknowledge(tail, head));
        }
        return true;
    }

    private void report(int head) {
        try {
            reports.report(head);
        } catch (Throwable e) {
            failures.error(
                    () -> unit + ": a report failed, and its device was refused; the cause says which part to correct",
                    e);
            reports.failed(head);
        }
    }
}
