// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

/** The rules that bind a handler or a driver, by their ids in SEMANTICS.md. Constants may be added. */
public enum Rule {
    /** Fault queues. */
    C01("what a unit allocates in the core it gives back when it goes"),
    /** Adding a device. */
    C02("a device is added to its unit's fault queue, and its driver says whether a response can reach it"),
    /** Requests of a group. */
    C04("a group has its requests as the device made them, the last one at the end"),
    /** Group keys. */
    C05("a last request closes the group of its own PASID and index and no other"),
    /** Nobody there. */
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
    C18("what a driver alone sees is counted, and what is nobody's request is not reported"),
    /** A handler's service. */
    R02("a handler service names the kinds of domain it serves"),
    /** A handler goes. */
    R03(
            "a handler that goes answers what it holds within the grace time, and what another left half done it can finish"),
    /** A unit goes and returns. */
    R06("a unit goes: its devices are answered and told before; it returns under its name, and faults flow"),
    /** Stalled transactions. */
    A04("no transaction stays stalled that nobody can resume"),
    /** Stalled transactions are not lost. */
    A05("no stalled transaction is lost, however many there are"),
    /** Honesty. */
    S02("SUCCESS means that the pages are there for what was asked; what can't be granted is not SUCCESS"),
    /** Errors stick. */
    S03("after the first request that fails the rest are not tried, and the group is not SUCCESS"),
    /** Where resolution runs. */
    S05("an inline handler does not wait"),
    /** Invalidation. */
    S06("what is detached or unmapped, no device uses when the call has returned");

    private final String sentence;

    Rule(String sentence) {
        this.sentence = sentence;
    }

    /** The rule in one sentence. */
    public String sentence() {
        return sentence;
    }
}
