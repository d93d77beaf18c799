// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

/** What is counted for every device and every unit (rule C18). Constants may be added; none is ever removed. */
public enum Counter {
    /** Page requests reported to the core, last or not. */
    REQUESTS,
    /** Groups that a reported last request closed, answered or not. */
    GROUPS,
    /** Groups answered SUCCESS. */
    SUCCESS,
    /** Groups answered INVALID, including groups of requests that a driver's checks refused. */
    INVALID,
    /** Groups answered FAILURE. */
    FAILURE,
    /** Groups that a handler declined, once for each handler. */
    DECLINED,
    /** Groups answered INVALID at their deadline (rule C11). */
    TIMED_OUT,
    /** Responses that came after a group's first response and were not delivered (rules C09, R08). */
    REFUSED,
    /** Partial requests discarded after a hardware overflow (rule C14). */
    DISCARDED_PARTIALS,
    /** Partial requests dropped because their group was refused or their device removed (rules C12, V05). */
    DROPPED_PARTIALS,
    /** Requests and groups beyond a bound (rule C15). */
    LIMITED,
    /** Groups recalled from a handler that left (rule R03). */
    RECALLED,
    /** Groups that the core parked until a handler appeared (rule R04). */
    PARKED,
    /** Overflows of a hardware queue. */
    OVERFLOWS,
    /** PASID stop markers, dropped and never answered (rules V06, A06). */
    STOP_MARKERS,
    /** Requests that a driver's checks refused (rules V05, A04). */
    BAD_REQUESTS,
    /** Events that can't be answered (rules A02, A10). */
    UNRECOVERABLE,
    /** Groups of nested domains that closed for the second stage's handlers (rule N02). */
    SECOND_STAGE
}
