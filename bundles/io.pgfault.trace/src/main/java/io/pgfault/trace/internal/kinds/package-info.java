// SPDX-License-Identifier: Apache-2.0

/**
 * One grammar for each other kind of IOMMU: one file, one kind. Any thread may enter.
 */
package io.pgfault.trace.internal.kinds;
