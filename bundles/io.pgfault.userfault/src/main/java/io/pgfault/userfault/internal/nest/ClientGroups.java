// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.nest;

import io.pgfault.api.handler.FaultGroup;

/** A page table whose domain's groups a queue passes to its client. */
@FunctionalInterface
public interface ClientGroups {
    /** Queues a group for the client, or answers it; false if the queue has no room. Any thread. */
    boolean offer(FaultGroup group);
}
