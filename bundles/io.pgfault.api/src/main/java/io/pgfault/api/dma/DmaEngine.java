// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.dma;

import io.pgfault.api.bus.Endpoint;
import java.util.List;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A device that moves memory by descriptors. It finds its pages as every {@link Endpoint} does, by translation and page
 * request; nothing has to be there before. A service, one for each configured engine. Any thread.
 */
@ConsumerType
public interface DmaEngine extends Endpoint {
    /**
     * Works a batch off and returns when all of it is done. The descriptors of a batch are worked on at the same time, in
     * no order, as many as the engine has channels; one that fails keeps no other from being done.
     *
     * @return what came of each descriptor, in the order of the batch
     * @throws InterruptedException if the caller was interrupted; the rest of the batch is given up
     */
    List<Completion> execute(List<Descriptor> batch) throws InterruptedException;
}
