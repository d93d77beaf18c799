// SPDX-License-Identifier: Apache-2.0
/**
 * A controlled scheduler for the real classes. In this room are the scheduler, the class loader that makes the bundles'
 * classes call the scheduler before each access to shared state, and the JUnit extension that runs a test method
 * schedule after schedule. Scenarios use {@link io.pgfault.itests.schedules.control.Explore} and {@link
 * io.pgfault.itests.schedules.control.Actors}; every other public class is public only because rewritten classes call
 * it.
 *
 * <p>Threads: the explorer (JUnit's thread) starts a run and waits for its end. The actors of a run are real threads
 * that hold one token in turn, so at any time at most one actor runs; a hand-over of the token orders memory.
 */
package io.pgfault.itests.schedules.control;
