// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Chooses the actor that goes on, from a seed. Seed 0 and 1 switch only where an actor blocks. Every other seed stands
 * for one of two algorithms of the literature:
 *
 * <ul>
 *   <li>PCT (probabilistic concurrency testing, Burckhardt and others, 2010): random priorities, and at one to four
 *       random steps the running actor falls below all others;
 *   <li>a random walk, which switches at each step with probability 1/2, 1/8 or 1/32.
 * </ul>
 *
 * <p>One seed in four also lets an actor lose the token at accesses to plain fields.
 */
final class Strategy {
    /** An actor that has gone on for so many steps falls behind the others: it may be waiting for one of them. */
    private static final int FAIR = 3_000;

    private final SplittableRandom random;
    private final boolean walk;
    private final int oneIn;
    /** Steps at which the running actor falls behind, ascending. */
    private final int[] changes;

    private final boolean plain;
    private int nextChange;
    /** The actor that went on last, and for how many steps. */
    private Actor last;

    private int inARow;
    /** The lowest priority so far. */
    private long lowest;

    /**
     * @param seed which schedule
     * @param steps how many steps a run takes, about
     */
    Strategy(long seed, int steps) {
        random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + 1);
        boolean quiet = seed < 2;
        plain = !quiet && random.nextInt(4) == 0;
        walk = !quiet && random.nextInt(3) == 0;
        oneIn = 1 << (1 + 2 * random.nextInt(3));
        int count = quiet || walk ? 0 : 1 + random.nextInt(4);
        changes = random.ints(count, 1, Math.max(2, steps)).sorted().toArray();
    }

    /** Whether accesses to plain fields are steps too. */
    boolean plain() {
        return plain;
    }

    void started(Actor actor) {
        actor.priority = actor.number == 0 ? Long.MAX_VALUE : random.nextInt(1 << 20);
    }

    /** The actor lets others go on: it falls behind them. */
    void yields(Actor actor) {
        actor.priority = --lowest;
    }

    /** The actor to go on, one of {@code ready}. */
    Actor choose(Actor running, List<Actor> ready, int step, boolean mustSwitch) {
        if (walk) {
            boolean stays = !mustSwitch && ready.contains(running) && random.nextInt(oneIn) != 0;
            if (stays) {
                return running;
            }
            Actor chosen = ready.get(random.nextInt(ready.size()));
            return mustSwitch && chosen == running ? ready.get(random.nextInt(ready.size())) : chosen;
        }
        inARow = running == last ? inARow + 1 : 0;
        last = running;
        if (inARow > FAIR) {
            inARow = 0;
            yields(running);
        }
        if (nextChange < changes.length && step >= changes[nextChange]) {
            nextChange++;
            yields(running);
        }
        Actor best = ready.get(0);
        for (Actor actor : ready) {
            if (actor.priority > best.priority) {
                best = actor;
            }
        }
        return best;
    }

    int pick(int bound) {
        return random.nextInt(bound);
    }
}
