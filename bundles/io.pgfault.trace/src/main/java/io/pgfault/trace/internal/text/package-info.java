// SPDX-License-Identifier: Apache-2.0

/**
 * Lines become records here: blocks of bytes, needles, wrapped messages, lines that were not decoded. The reading
 * thread alone enters. The one list of the built-in kinds, {@code BuiltInGrammars}, stands here.
 */
package io.pgfault.trace.internal.text;
