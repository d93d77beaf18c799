// SPDX-License-Identifier: Apache-2.0

/**
 * The entrance: {@code Iopf} is the command {@code iopf} with all its verbs, {@code MainThread} runs one command line
 * for the process, {@code ShellCommands} runs one for a shell. The main thread and the shell's threads enter here.
 */
package io.pgfault.cli.internal;
