// SPDX-License-Identifier: Apache-2.0

/**
 * {@code --record}: what the hardware of units wrote goes into a file. Threads of devices write; the thread of the
 * command opens and closes. The rooms {@code replay} and {@code serve} enter.
 */
package io.pgfault.cli.internal.recording;
