// SPDX-License-Identifier: Apache-2.0

/**
 * Work and the threads that run it: the workers of one fault queue, the work that waits for each of its devices, and
 * the order in which devices take turns (rule C16). The room knows neither devices nor groups. Event threads and
 * handlers enter with a {@link io.pgfault.core.internal.work.WorkList}; worker threads live here.
 */
package io.pgfault.core.internal.work;
