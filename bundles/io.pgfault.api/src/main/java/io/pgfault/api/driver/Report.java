// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.driver;

/** The core's verdict on a reported request. */
public enum Report {
    /** The core keeps the request until the group's last request (rule C03). */
    PARTIAL("kept as partial", true),
    /** The group is closed and handed on (rule C04). */
    CLOSED("group closed and handed on", true),
    /** The group is closed and waits for a handler that is expected back (rule R04). */
    PARKED("group closed, waiting for a handler to come back", true),
    /** The request is not last, and its group can't be granted any more: the core poisons the group (rule C07). */
    POISONED("group can't be granted, it will be answered INVALID at its last request", false),
    /** The last request of a poisoned group: answered INVALID. */
    POISONED_GROUP("a request of the group was refused before, answered INVALID", false),
    /** The device is in no queue: the group was answered INVALID. */
    NO_QUEUE("the device is in no fault queue, answered INVALID", false),
    /** No domain is attached there: the group was answered INVALID. */
    NO_DOMAIN("no domain is attached to the device and PASID, answered INVALID", false),
    /** No handler serves the domain's kind: the core answered the group INVALID. */
    NO_HANDLER("no handler for the domain's kind, answered INVALID", false),
    /** Too many partial requests of this device: the group is poisoned (rule C15). */
    PARTIAL_LIMIT("too many partial requests of the device, group poisoned", false),
    /** Too many pending groups of this device: the group was answered INVALID (rule C15). */
    PENDING_LIMIT("too many pending groups of the device, answered INVALID", false),
    /** The queue's workers have no room: the group was answered INVALID (rule C15). */
    WORK_LIMIT("the fault queue's workers have no room, answered INVALID", false),
    /** The device has been released: no response is sent. */
    RELEASED("the device has been released", false);

    private final String reason;
    private final boolean accepted;

    Report(String reason, boolean accepted) {
        this.reason = reason;
        this.accepted = accepted;
    }

    /** The reason, in words. */
    public String reason() {
        return reason;
    }

    /** False if the report failed: the group was, or will be, answered INVALID without a handler seeing it. */
    public boolean accepted() {
        return accepted;
    }
}
