// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test method that is one scenario. The method runs once for each seed, each time on a new object of its class, under
 * the schedule of that seed. System properties:
 *
 * <ul>
 *   <li>{@code schedules.seed}: the first seed, default 0.
 *   <li>{@code schedules.only}: one seed; that schedule alone is run, as it was when it failed.
 *   <li>{@code schedules.factor}: more or fewer schedules than the annotation says, default 1.
 * </ul>
 */
@Test
@ExtendWith(Explorer.class)
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Explore {
    /** How many schedules. */
    int value() default 2000;
}
