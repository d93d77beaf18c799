// SPDX-License-Identifier: Apache-2.0

/**
 * The device of a trial: its queue of accesses, its cache of translations, its page requests. Needs the other
 * rooms.
 */
package io.pgfault.lab.internal.device;
