// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * A check that a mutant fails.
 *
 * @param check the check
 * @param rule the rule that the failure names; null if the check couldn't be made
 * @param message what the check says
 */
public record Failure(Check check, Rule rule, String message) {
    private static final int AT_A_TIME = 8;

    /** Makes the checks, and returns the failures. */
    public static List<Failure> of(List<Check> checks) {
        List<Failure> failures = new ArrayList<>();
        for (Check check : checks) {
            try {
                check.run();
            } catch (RuleBroken e) {
                failures.add(new Failure(check, e.rule(), check + ": " + e.getMessage()));
            } catch (Exception | AssertionError e) {
                failures.add(new Failure(check, null, check + ": " + e));
            }
        }
        return failures;
    }

    /** Makes the checks of every mutant, several mutants at a time, because a check mostly waits for its mutant. */
    public static <M extends Enum<M>> Map<M, List<Failure>> ofAll(Class<M> mutants, Function<M, List<Check>> checks)
            throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(AT_A_TIME);
        try {
            Map<M, Future<List<Failure>>> running = new EnumMap<>(mutants);
            for (M mutant : mutants.getEnumConstants()) {
                running.put(mutant, threads.submit(() -> of(checks.apply(mutant))));
            }
            Map<M, List<Failure>> failures = new EnumMap<>(mutants);
            for (Map.Entry<M, Future<List<Failure>>> mutant : running.entrySet()) {
                failures.put(mutant.getKey(), mutant.getValue().get());
            }
            return failures;
        } finally {
            threads.shutdownNow();
        }
    }

    /** Whether this check failed, and with its own rule. */
    public boolean isOf(Check other) {
        return check.toString().equals(other.toString()) && rule == check.rule();
    }
}
