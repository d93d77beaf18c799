// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.log;

/**
 * A line that looks like an IOMMU's and gave no complete record.
 *
 * @param line number of the line, from 1
 * @param text the line, without what loggers added; at most 160 characters
 * @param reason why the line was not decoded
 */
public record UndecodedLine(long line, String text, String reason) {}
