// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

/** Ends an actor of a run that has failed or is over. */
final class Abort extends Error {
    private static final long serialVersionUID = 1;

    Abort() {
        super("the run is over", null, false, false);
    }
}
