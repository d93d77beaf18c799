// SPDX-License-Identifier: Apache-2.0

/**
 * What the readers of traces share: lines, fields, unpacked data. One thread for each reader.
 */
package io.pgfault.trace.internal;
