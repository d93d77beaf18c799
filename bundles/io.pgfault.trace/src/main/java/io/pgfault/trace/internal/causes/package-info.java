// SPDX-License-Identifier: Apache-2.0

/**
 * Likely causes by kind, reason and address. All classes are without state; any thread may enter.
 */
package io.pgfault.trace.internal.causes;
