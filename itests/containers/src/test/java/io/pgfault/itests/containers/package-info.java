// SPDX-License-Identifier: Apache-2.0
/**
 * The features in the containers that operators run. A test starts one container as a process, types what the
 * operator's page (features/README.md) says, and reads what the container answers. No bundle enters; the threads are
 * those of JUnit, one {@code reader} per session, and one {@code load} per container.
 */
package io.pgfault.itests.containers;
