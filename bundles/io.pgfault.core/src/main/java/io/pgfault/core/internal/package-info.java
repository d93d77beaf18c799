// SPDX-License-Identifier: Apache-2.0

/**
 * The entrance of the core: {@link io.pgfault.core.internal.IoPageFaultCore} puts the rooms together, {@link
 * io.pgfault.core.internal.IoPageFaultsComponent} brings it into the container. The container's threads enter, and
 * every thread that calls {@code IoPageFaults}; the deadline thread lives here. README.md and THREADS.md of this
 * bundle have the plan of the house.
 */
package io.pgfault.core.internal;
