// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.driver;

/** What the driver makes of the records of one queue. Called by the event thread. */
interface RecordReports {
    /** Deals with the record that the consumer register {@code head} points at. Doesn't allocate for what it reports. */
    void report(int head);

    /** {@link #report} threw: answers the record in the driver's own name, so that no device waits for ever. */
    void failed(int head);
}
