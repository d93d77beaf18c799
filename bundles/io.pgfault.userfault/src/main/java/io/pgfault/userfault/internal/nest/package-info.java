// SPDX-License-Identifier: Apache-2.0

/**
 * First stages that a client attaches by control records (rules N01 to N08). {@link
 * io.pgfault.userfault.internal.nest.ControlThread} is the thread that attaches and invalidates; event threads of units
 * enter to offer groups and events. The room knows the records and the memory, and no socket.
 */
package io.pgfault.userfault.internal.nest;
