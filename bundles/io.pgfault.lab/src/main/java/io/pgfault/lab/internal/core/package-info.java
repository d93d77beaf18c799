// SPDX-License-Identifier: Apache-2.0

/**
 * The core of a trial: a group, and its way to the handlers, in virtual and in real time (rules C06 to C09). Needs
 * {@code space}.
 */
package io.pgfault.lab.internal.core;
