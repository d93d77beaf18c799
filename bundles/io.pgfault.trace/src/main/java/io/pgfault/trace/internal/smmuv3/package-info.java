// SPDX-License-Identifier: Apache-2.0

/**
 * The messages of SMMUv3 and the events that take several lines. {@code SmmuEvents} belongs to the reading thread; the
 * other classes are without state.
 */
package io.pgfault.trace.internal.smmuv3;
