// SPDX-License-Identifier: Apache-2.0

/** What the models of QEMU say about faults of their guests. Any thread may enter. */
package io.pgfault.trace.internal.qemu;
