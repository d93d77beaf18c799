// SPDX-License-Identifier: Apache-2.0
/**
 * Tables that are read for every transaction and changed rarely. Both tables know no other class of the bundle.
 *
 * <p>Any thread reads a table without a lock and without allocating. Changes take the monitor of the table.
 */
package io.pgfault.smmuv3.internal.table;
