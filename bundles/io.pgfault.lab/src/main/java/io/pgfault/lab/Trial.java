// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab;

import java.util.List;

/**
 * What one trial counted. Times are nanoseconds, virtual or measured as the {@link Conditions} say.
 *
 * @param accesses how many accesses the device made
 * @param failed how many of them failed
 * @param requests how many page requests the device sent
 * @param groups how many groups they came in
 * @param waited how long the device waited for responses, in all
 * @param handling how long handlers were busy, in all; measured to the response in real time
 * @param populated how many pages handlers populated
 * @param unused how many of them the device never touched: the waste
 * @param ahead how many of them the device touched without having asked for them
 * @param aheadMedian how long after they were populated the device touched those, the median; 0 if there is none
 * @param aheadMost the longest such time
 * @param tlbHits how often the device found a translation in its cache
 * @param tlbMisses how often the device asked for a translation
 * @param invalidations how often a handler had the device's cache invalidated
 * @param peak the most pages that were populated at one time
 * @param batch the most pages that were populated between two groups
 * @param refused responses that came after the first one of their group (rule C09)
 * @param elapsed from the first access to the last; hits of the cache take no time
 * @param curve the page requests over the accesses, at most {@value #MAX_POINTS} points
 */
public record Trial(
        long accesses,
        long failed,
        long requests,
        long groups,
        long waited,
        long handling,
        long populated,
        long unused,
        long ahead,
        long aheadMedian,
        long aheadMost,
        long tlbHits,
        long tlbMisses,
        long invalidations,
        long peak,
        long batch,
        long refused,
        long elapsed,
        List<Point> curve) {
    /** The most points of a curve. */
    public static final int MAX_POINTS = 512;

    /**
     * A point of the curve.
     *
     * @param accesses how many accesses had been made
     * @param requests how many page requests had been sent by then
     */
    public record Point(long accesses, long requests) {}

    /** Copies the curve. */
    public Trial {
        curve = List.copyOf(curve);
    }
}
