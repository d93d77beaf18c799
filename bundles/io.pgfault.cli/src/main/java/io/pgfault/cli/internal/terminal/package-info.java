// SPDX-License-Identifier: Apache-2.0

/**
 * The shell of {@code iopf serve} on a terminal: line editing, history, colour and completion by JLine, around a
 * session of Gogo. Without a terminal no class of this room is loaded but {@code TerminalShell}, which asks for the
 * terminal; JLine's bundle may be missing. The thread of the command enters.
 */
package io.pgfault.cli.internal.terminal;
