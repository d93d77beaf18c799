// SPDX-License-Identifier: Apache-2.0

/**
 * The doorkeeper: the token of this start, and which requests come in. Every thread that serves a request calls it
 * first; nothing here changes after the start.
 */
package io.pgfault.console.internal.access;
