// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.handler;

/** What a handler does with a group that the core offers (rule C08). */
public enum Disposition {
    /** The handler takes the group: it has responded, or owes the one response. */
    TAKEN,
    /**
     * The handler passes the group on. The core asks the next handler by ranking; this handler must not respond (rule
     * R08).
     */
    DECLINED
}
