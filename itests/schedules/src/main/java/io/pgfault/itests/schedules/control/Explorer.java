// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Runs a test method, rewritten, schedule after schedule. A schedule that fails is run again from its seed, with a
 * trace; the trace goes to {@code target/schedules}.
 */
public final class Explorer implements InvocationInterceptor {
    private static final RewritingLoader LOADER = new RewritingLoader(Explorer.class.getClassLoader());
    private static final Path REPORTS = Path.of("target", "schedules");
    private static final long LONGEST_SECONDS = 30;
    private static final int FIRST_GUESS = 200;

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> context, ExtensionContext extension)
            throws Throwable {
        invocation.skip();
        Class<?> rewritten = LOADER.loadClass(context.getTargetClass().getName());
        Method scenario = rewritten.getDeclaredMethod(context.getExecutable().getName());
        scenario.setAccessible(true);
        Explore explore = context.getExecutable().getAnnotation(Explore.class);
        explore(new Scenario(rewritten, scenario), explore.value());
    }

    private record Scenario(Class<?> type, Method method) {
        String name() {
            return type.getSimpleName() + "." + method.getName();
        }

        void run() throws Throwable {
            Constructor<?> constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            try {
                method.invoke(constructor.newInstance());
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }
    }

    private static void explore(Scenario scenario, int schedules) throws IOException {
        String only = System.getProperty("schedules.only");
        long first = only != null ? Long.parseLong(only) : Long.getLong("schedules.seed", 0);
        double factor = Double.parseDouble(System.getProperty("schedules.factor", "1"));
        long count = only != null ? 1 : Math.max(2, (long) (schedules * factor));
        long start = System.nanoTime();
        // Classes are initialized in the first run; the second says how many steps there are.
        run(scenario, 0, FIRST_GUESS, false);
        Schedule quiet = run(scenario, 0, FIRST_GUESS, false);
        int steps = Math.max(quiet.steps(), 10);
        Schedule failed = quiet.failure() == null ? null : quiet;
        long tried = failed == null ? 0 : 1;
        long seed = failed == null ? first : 0;
        while (failed == null && tried < count) {
            tried++;
            Schedule schedule = run(scenario, seed, steps, false);
            if (schedule.failure() != null) {
                failed = schedule;
            } else {
                seed++;
            }
        }
        String result = "%s: %s %d schedules of about %d steps, %d ms, seeds from %d"
                .formatted(
                        scenario.name(),
                        failed == null ? "no failure in" : "FAILED after",
                        tried,
                        steps,
                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start),
                        first);
        System.out.println("[schedules] " + result);
        if (failed != null) {
            throw failure(scenario, seed, steps, failed, result);
        }
    }

    private static AssertionError failure(Scenario scenario, long seed, int steps, Schedule failed, String result)
            throws IOException {
        Schedule again = run(scenario, seed, steps, true);
        String same = again.failure() == null ? "the second run of this seed did not fail" : "run again, it failed too";
        Path report = REPORTS.resolve(scenario.name() + ".txt");
        Files.createDirectories(REPORTS);
        Files.writeString(report, failed.failure() + System.lineSeparator() + text(again));
        return new AssertionError(
                "%s%n%s%nseed %d (%s); replay: -Dschedules.only=%d; trace: %s"
                        .formatted(result, failed.failure(), seed, same, seed, report),
                failed.failure());
    }

    /** The trace, one line for each step; a line that begins with an arrow is the first of another actor. */
    private static String text(Schedule schedule) {
        List<Actor> actors = schedule.actors();
        StringBuilder text = new StringBuilder();
        int before = -1;
        for (int[] step : schedule.trace) {
            text.append(step[0] == before ? "   " : "-> ")
                    .append(actors.get(step[0]))
                    .append(": ")
                    .append(Locations.name(step[1]))
                    .append(System.lineSeparator());
            before = step[0];
        }
        return text.toString();
    }

    private static void run(Scenario scenario, Schedule schedule) {
        try {
            scenario.run();
        } catch (Throwable e) {
            schedule.fail(e);
        }
    }

    private static Schedule run(Scenario scenario, long seed, int steps, boolean traced) {
        Schedule schedule = new Schedule(seed, steps, traced);
        Carrier.assign(schedule, "scenario", () -> run(scenario, schedule)).go();
        try {
            if (!schedule.over.await(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError(
                        "a thread really blocks, out of the scheduler's sight: " + schedule.whereabouts());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while a schedule ran", e);
        }
        return schedule;
    }
}
