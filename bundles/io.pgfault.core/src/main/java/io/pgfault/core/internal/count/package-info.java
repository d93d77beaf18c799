// SPDX-License-Identifier: Apache-2.0

/**
 * What is counted and measured (rule C18): the counters of devices and units, and the latency histogram of a unit. The
 * room knows nothing of the framework. Every thread that reports, answers or reads statistics may enter.
 */
package io.pgfault.core.internal.count;
