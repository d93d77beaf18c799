// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

/**
 * The rules that bind a handler or a driver, by their ids in {@code bundles/io.pgfault.api/RULES.md}. Constants may be
 * added.
 */
public enum Rule {
    /** Fault queues. */
    C01("a unit that goes gives back every queue and device that it took from the core"),
    /** Adding a device. */
    C02("a device is added to its unit's fault queue, and its driver says whether a response can reach it"),
    /** Requests of a group. */
    C04("a group has its requests as the device made them, the last one at the end"),
    /** Group keys. */
    C05("a last request closes the group of its own PASID and index and no other"),
    /** Choosing the domain. */
    C06("a PASID's own domain goes first; a nested domain of the device serves every PASID that has none"),
    /** No domain. */
    C07("without a domain the group is answered INVALID, at its last request"),
    /** Take or decline. */
    C08("a handler takes a group or declines it, and does not throw"),
    /** Exactly one response. */
    C09("exactly one response for every group, and it says what was answered"),
    /** The PASID of a response. */
    C10("the response carries the PASID if, and only if, the request said so"),
    /** The deadline. */
    C11("a group is answered before its deadline"),
    /** Removing a device. */
    C12("a device goes: everything pending is answered before, and nothing after"),
    /** Flushing and draining. */
    C13("a drain returns when everything that was sent before has been answered"),
    /** Overflow. */
    C14("after an overflow partials are discarded, and every group has its one response nevertheless"),
    /** Order. */
    C17("one device's requests are reported in order, one call at a time"),
    /** Counters. */
    C18("the driver counts what only the driver sees, and reports no message that is not a page request"),
    /** A handler's service. */
    R02("a handler service names the kinds of domain it serves"),
    /** A handler goes. */
    R03("a handler that goes answers its groups within the grace time; a successor can finish a half-done group"),
    /** A unit goes and returns. */
    R06("a unit goes: its devices are answered and told before; it returns under its name, and faults flow"),
    /** Stopping. */
    R07("stopping answers everything that is pending, and ends in time"),
    /** A group that was taken back. */
    R08("a handler lets go of a group that it declined or that was taken back"),
    /** Checks of a driver. */
    V05("a refused last request is answered INVALID, another refused request poisons its group; all are counted"),
    /** Stalled transactions. */
    A04("a transaction without a handler doesn't stay stalled"),
    /** Stalled transactions are not lost. */
    A05("no stalled transaction is lost, however many there are"),
    /** Honesty. */
    S02("SUCCESS means that every page of the group grants the access; no other group is answered SUCCESS"),
    /** Errors stick. */
    S03("after the first request that fails the rest are not tried, and the group is not SUCCESS"),
    /** Where resolution runs. */
    S05("an inline handler does not wait"),
    /** Invalidation. */
    S06("after a detach or an unmapping has returned, no device uses the old translation");

    private final String sentence;

    Rule(String sentence) {
        this.sentence = sentence;
    }

    /** The rule in one sentence. */
    public String sentence() {
        return sentence;
    }
}
