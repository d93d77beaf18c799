// SPDX-License-Identifier: Apache-2.0

/**
 * The driver of an SMMUv3: an event thread that reports what it finds in the queues, and commands that carry the answers
 * back. It uses the hardware's registers and memory, nothing else of it.
 */
package io.pgfault.smmuv3.internal.driver;
