// SPDX-License-Identifier: Apache-2.0

/**
 * What a monitoring system reads of a running core: metrics in the text formats of Prometheus and OpenMetrics over
 * HTTP, an MXBean, health checks. Each reading takes a snapshot; nothing is kept between two readings but the counts
 * of the last health check. The threads of the readers enter.
 */
package io.pgfault.metrics.internal;
