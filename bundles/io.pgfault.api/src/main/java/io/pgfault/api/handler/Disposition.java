// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.handler;

/** What a handler does with a group it is offered. */
public enum Disposition {
    /** The handler has taken the group: it has answered it, or owes the one response. */
    TAKEN,
    /** Not this handler's: the next one by ranking is asked. The handler must not answer the group. */
    DECLINED
}
