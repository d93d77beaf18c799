// SPDX-License-Identifier: Apache-2.0

/**
 * What an operator sees of the core ({@link io.pgfault.api.watch}). The room reads the rooms of devices and handlers
 * and changes nothing in them. Any thread may enter.
 */
package io.pgfault.core.internal.watch;
