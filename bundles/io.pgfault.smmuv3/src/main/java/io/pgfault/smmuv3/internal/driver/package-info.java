// SPDX-License-Identifier: Apache-2.0
/**
 * The driver of an SMMUv3: the event thread reports the records of the queues, and commands carry the responses back.
 * {@link io.pgfault.smmuv3.internal.driver.Driver} is the facade. The room uses the hardware's registers and memory and
 * nothing else of the hardware; the core doesn't know the room.
 *
 * <p>Threads: the event thread reads the queues. Any thread responds, attaches, drains. The ringing thread, one at a
 * time, writes CMDQ_PROD and calls devices within that write.
 */
package io.pgfault.smmuv3.internal.driver;
