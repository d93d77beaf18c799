// SPDX-License-Identifier: Apache-2.0

/**
 * Everything that is taken off before a message is read: quoting, escapes, JSON, colours, archives; and how a program
 * is told from a log. The reading thread alone enters.
 */
package io.pgfault.trace.internal.peel;
