// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.remap;

import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.table.FaultRecord;

/**
 * The fault recording registers, a ring (primary fault logging, VT-d 4.1 §7.2.1; rule T07).
 *
 * <p>A fault is lost while an overflow is flagged. A fault of a requester that has a record pending is collapsed into
 * that record. A fault that finds its register occupied flags the overflow. Otherwise the registers hold the fault, and
 * the first one raises the event. The monitor guards all state; the event is raised without it.
 */
public final class FaultRecording {
    /** How many registers there are. */
    public static final int COUNT = 8;

    private final long[] low = new long[COUNT];
    private final long[] high = new long[COUNT];
    private final Runnable event;
    /** The register of the next fault. Guarded by the monitor. */
    private int next;
    /** The register of the first fault since none was pending. Guarded by the monitor. */
    private int first;
    /** Guarded by the monitor. */
    private boolean overflow;

    /** @param event raises the fault event; called without lock, once for each time that a fault becomes pending */
    public FaultRecording(Runnable event) {
        this.event = event;
    }

    /** A fault: see {@link FaultRecord} for the words. */
    public void record(long word0, long word1) {
        synchronized (this) {
            if (overflow || isPending(FaultRecord.requesterId(word1))) {
                return;
            }
            boolean was = isPending();
            if (FaultRecord.fault(high[next])) {
                overflow = true;
                return;
            }
            low[next] = word0;
            high[next] = word1;
            first = was ? first : next;
            next = (next + 1) % COUNT;
            if (was) {
                return;
            }
        }
        event.run();
    }

    /** The bits of {@link Registers#FSTS} that are about records. */
    public synchronized int status() {
        return (overflow ? Registers.FSTS_PFO : 0)
                | (isPending() ? Registers.FSTS_PPF : 0)
                | first << Registers.FSTS_FRI_SHIFT;
    }

    /** Writes {@link Registers#FSTS}: a one at PFO clears it. */
    public synchronized void status(int value) {
        overflow = overflow && (value & Registers.FSTS_PFO) == 0;
    }

    /** A word of the registers, by its index from the first. */
    public synchronized long word(int index) {
        return (index & 1) == 0 ? low[index >> 1] : high[index >> 1];
    }

    /** Writes a word: a one at the fault bit of an upper word clears it. */
    public synchronized void word(int index, long value) {
        if ((index & 1) != 0 && FaultRecord.fault(value)) {
            high[index >> 1] &= ~FaultRecord.FAULT;
        }
    }

    private boolean isPending() {
        for (long word : high) {
            if (FaultRecord.fault(word)) {
                return true;
            }
        }
        return false;
    }

    private boolean isPending(int requesterId) {
        for (long word : high) {
            if (FaultRecord.fault(word) && FaultRecord.requesterId(word) == requesterId) {
                return true;
            }
        }
        return false;
    }
}
