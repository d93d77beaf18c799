// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.shell;

import io.pgfault.api.Counter;
import java.util.Locale;

/** What each counter counts, for people. */
final class CounterWords {
    private CounterWords() {}

    /** The counter's name in words. */
    static String name(Counter counter) {
        return counter.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** One line that explains the counter, and says what to do where something is to be done. */
    static String meaning(Counter counter) {
        return switch (counter) {
            case REQUESTS -> "page requests that the driver reported";
            case GROUPS -> "groups that a last request closed; each gets one response";
            case SUCCESS -> "groups answered SUCCESS: the device tries again";
            case INVALID -> "groups answered INVALID: the access is not allowed, or nobody could answer";
            case FAILURE -> "groups answered FAILURE: a handler failed, and the device should stop asking";
            case DECLINED -> "offers that a handler declined, so that the next one was asked";
            case TIMED_OUT -> "groups that no handler answered within the deadline; see groups and handlers";
            case REFUSED -> "responses that came after a group's first; a handler answered twice or late";
            case DISCARDED_PARTIALS -> "requests of open groups, discarded after a queue overflow";
            case DROPPED_PARTIALS -> "requests of open groups whose group was refused or whose device left";
            case LIMITED -> "requests and groups beyond a bound; the bounds are in io.pgfault.core";
            case RECALLED -> "groups taken back from a handler that left";
            case PARKED -> "groups that waited for a handler to come back";
            case OVERFLOWS -> "overflows of the hardware queue; make the queue larger";
            case STOP_MARKERS -> "PASID stop markers, which need no answer";
            case BAD_REQUESTS -> "requests that the driver's checks refused";
            case UNRECOVERABLE -> "faults that can't be answered, see the log";
            case SECOND_STAGE -> "groups of nested domains that the host's own domain resolves";
        };
    }
}
