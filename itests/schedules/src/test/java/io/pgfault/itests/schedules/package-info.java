// SPDX-License-Identifier: Apache-2.0
/**
 * Scenarios of two to four threads on the real classes, run under a scheduler that decides each switch of threads. In
 * this room are scenarios and what they share. A class named {@code …UnderTest} in a bundle's own package is the only
 * a file that names internal classes of that bundle. Threads: Lincheck's runner, and the actors of a scenario, one at a
 * time.
 */
package io.pgfault.itests.schedules;
