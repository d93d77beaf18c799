// SPDX-License-Identifier: Apache-2.0

/**
 * The address space of a trial and its clock: what was populated when, and touched when. Needs no other room.
 */
package io.pgfault.lab.internal.space;
