// SPDX-License-Identifier: Apache-2.0

/**
 * {@code iopf record}: runs a program under Valgrind's lackey and keeps its accesses and its areas. The thread of the
 * command reads what lackey writes; the program waits for that thread when the pipe is full.
 */
package io.pgfault.cli.internal.record;
