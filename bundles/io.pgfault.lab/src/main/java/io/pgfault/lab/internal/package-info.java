// SPDX-License-Identifier: Apache-2.0

/**
 * The service {@link io.pgfault.lab.Lab}. {@code device} knows {@code core}, {@code core} knows {@code space}. In
 * virtual time the caller's thread does everything; in real time the caller's thread is the device, and handlers run on
 * workers.
 */
package io.pgfault.lab.internal;
