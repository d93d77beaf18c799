// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import io.pgfault.smmuv3.spec.EventRecord;

/**
 * How a request ends.
 *
 * @param to the translated address; -1 if there is none
 * @param event the record of a fault; null if the request was translated, or refused without a record
 */
record SmmuOutcome(long to, EventRecord event) {
    static final SmmuOutcome SILENCE = new SmmuOutcome(-1, null);

    static SmmuOutcome translated(long to) {
        return new SmmuOutcome(to, null);
    }

    boolean isTranslated() {
        return to >= 0;
    }

    /** The kind of end, to count. */
    String kind() {
        return isTranslated()
                ? "translated"
                : event == null ? "silence" : event.id().name();
    }
}
