// SPDX-License-Identifier: Apache-2.0

/**
 * The verb {@code status}: what the container says of our configurations and components, in one line each. The room
 * reads the container's own descriptions and asks for no service, so it makes no component try again. The shell's
 * thread enters.
 */
package io.pgfault.cli.internal.status;
