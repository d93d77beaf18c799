// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

import io.pgfault.smmuv3.internal.hardware.Mmio;
import io.pgfault.smmuv3.internal.hardware.QueueMemory;
import io.pgfault.smmuv3.spec.QueueRegisters;
import java.lang.System.Logger.Level;

/**
 * The driver's side of a queue that the hardware produces: consumes it in batches. Used by the event thread alone.
 *
 * <p>After a batch the consumer register is written, so that the hardware has room, and the answers given within the batch
 * are told to it in one go.
 */
final class QueueReader {
    /** Largest batch: the hardware gets room again after at most so many records. */
    static final int BATCH = 64;

    private static final System.Logger LOG = System.getLogger(QueueReader.class.getName());

    private final Mmio mmio;
    private final QueueMemory memory;
    private final int producer;
    private final int consumer;
    private final RecordReports reports;
    private final Responder responder;
    private final Runnable overflow;
    private final RateLimit failures = new RateLimit();

    /**
     * A reader.
     *
     * @param producer offset of the producer register
     * @param consumer offset of the consumer register
     * @param overflow what to do about an overflow when the queue has been drained, before it is acknowledged
     */
    QueueReader(
            Mmio mmio,
            QueueMemory memory,
            int producer,
            int consumer,
            RecordReports reports,
            Responder responder,
            Runnable overflow) {
        this.mmio = mmio;
        this.memory = memory;
        this.producer = producer;
        this.consumer = consumer;
        this.reports = reports;
        this.responder = responder;
        this.overflow = overflow;
    }

    /**
     * One pass: consumes what was in the queue when it began. An overflow that is found when the queue is empty is dealt
     * with and then acknowledged; if the queue isn't empty yet another pass comes first (rule A08).
     *
     * @return whether there may be more to do
     */
    boolean pass() {
        int end = mmio.read(producer);
        int head = mmio.read(consumer);
        boolean any = !QueueRegisters.isEmpty(end, head, memory.log2());
        while (!QueueRegisters.isEmpty(end, head, memory.log2())) {
            int batch = Math.min(BATCH, QueueRegisters.count(end, head, memory.log2()));
            for (int i = 0; i < batch; i++) {
                report(head);
                head = QueueRegisters.next(head, memory.log2());
            }
            mmio.write(consumer, head);
            responder.endBatch();
        }
        return acknowledgeOverflow(head) || any;
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
        } catch (RuntimeException e) {
            reports.failed(head);
            if (failures.permit()) {
                LOG.log(Level.ERROR, "Reporting a record failed; its device has been refused", e);
            }
        }
    }
}
