// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab;

/**
 * What things take in virtual time, in nanoseconds, each 0 or more. The defaults are estimates; the README of the
 * bundle says what each estimate stands for.
 *
 * @param translate a translation that the device hasn't cached: an ATS translation request and its completion, or a
 *     walk by the unit
 * @param fault from a page request or stall to the handler, and from the response to the device's next try, both ways
 *     together, without what the handler takes
 * @param call one call of a handler, without the pages that the handler populates
 * @param populate one page that a handler populates
 * @param invalidate one invalidation of a range, with the round trip to the device
 */
public record Costs(long translate, long fault, long call, long populate, long invalidate) {
    /** Estimates for a PCIe function behind ATS and PRI. */
    public static final Costs PCIE = new Costs(880, 20_000, 1_000, 500, 1_000);

    /** Estimates for a platform device behind a unit that stalls. */
    public static final Costs STALL = new Costs(330, 10_000, 1_000, 500, 500);

    /** Checks the times. */
    public Costs {
        if (translate < 0 || fault < 0 || call < 0 || populate < 0 || invalidate < 0) {
            throw new IllegalArgumentException("a time is 0 ns or more, got translate %d fault %d call %d populate %d"
                            .formatted(translate, fault, call, populate)
                    + " invalidate " + invalidate);
        }
    }
}
