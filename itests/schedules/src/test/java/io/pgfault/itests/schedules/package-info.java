// SPDX-License-Identifier: Apache-2.0
/**
 * Scenarios of two to four threads on the real classes, run under a scheduler that decides each switch of threads. In
 * this room are scenarios and what they share. Only a class named {@code …UnderTest} names internal classes of a
 * bundle. Threads: the explorer, which is JUnit's thread, and the actors of a scenario, one at a time.
 */
package io.pgfault.itests.schedules;
