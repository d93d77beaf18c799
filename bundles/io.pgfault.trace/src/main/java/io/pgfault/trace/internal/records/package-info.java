// SPDX-License-Identifier: Apache-2.0

/**
 * The records that leave a reader, in the order of their first lines. The reading thread alone enters.
 */
package io.pgfault.trace.internal.records;
