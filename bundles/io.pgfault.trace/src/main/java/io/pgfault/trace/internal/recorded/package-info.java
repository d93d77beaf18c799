// SPDX-License-Identifier: Apache-2.0

/** The bytes of recordings, and the files that are written. Each method runs on the thread of its caller. */
package io.pgfault.trace.internal.recorded;
