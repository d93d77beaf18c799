// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

/** What the driver makes of the records of one queue. The event thread calls both methods. */
interface RecordReports {
    /**
     * Deals with the record that the consumer register {@code head} points at. Allocates nothing for a reported record.
     */
    void report(int head);

    /** {@link #report} threw: the driver answers the record itself, so that no device waits for ever (rule A04). */
    void failed(int head);
}
