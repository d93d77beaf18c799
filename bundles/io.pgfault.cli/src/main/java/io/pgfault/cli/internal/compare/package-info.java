// SPDX-License-Identifier: Apache-2.0

/**
 * {@code iopf compare}: the same traces under several handlers, as table, JSON and picture. The thread of the command
 * does everything; the policy lab starts threads of its own for {@code --real}.
 */
package io.pgfault.cli.internal.compare;
