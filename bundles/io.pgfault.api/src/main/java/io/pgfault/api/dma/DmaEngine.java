// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.dma;

import io.pgfault.api.bus.Endpoint;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A device that moves memory by descriptors; a service, one for each configured engine. The engine finds its pages as
 * every {@link Endpoint} does, by translation and page request: no page has to be present before. Any thread may call
 * any method.
 */
@ConsumerType
public interface DmaEngine extends Endpoint {
    /**
     * Executes a batch and returns when every descriptor has ended. The engine executes as many descriptors at a time
     * as it has channels, in no order. A descriptor that fails stops no other descriptor.
     *
     * @return the result of each descriptor, in the order of the batch
     * @throws InterruptedException if the calling thread is interrupted; the rest of the batch is given up
     * @throws IllegalStateException if a descriptor broke its channel, which is an error of the engine itself
     */
    List<Completion> execute(List<Descriptor> batch) throws InterruptedException;
}
