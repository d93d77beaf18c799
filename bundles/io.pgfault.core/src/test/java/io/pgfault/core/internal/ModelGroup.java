// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.PageRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A closed group of the model. */
final class ModelGroup {
    final ModelDevice device;
    final ModelDevice.Place place;
    final ModelDevice.Attachment attachment;
    final List<PageRequest> requests;
    final long closedAt;
    boolean answered;
    /** The handler that was asked last and has neither declined nor been recalled. */
    ModelHandler taker;
    /**
     * A new object for each offer: by it the group knows whether a handler that acts still has the group (rule R08).
     */
    Object turn;

    /** The turns that were taken back from their handlers. */
    final Set<Object> lost = new HashSet<>();

    ModelHandler.Rank declinedBy;
    boolean recalled;
    long parkedUntil;

    ModelGroup(
            ModelDevice device,
            ModelDevice.Place place,
            ModelDevice.Attachment attachment,
            List<PageRequest> requests,
            long closedAt) {
        this.device = device;
        this.place = place;
        this.attachment = attachment;
        this.requests = requests;
        this.closedAt = closedAt;
    }

    PageRequest last() {
        return requests.get(requests.size() - 1);
    }

    /** The core takes the group back from the handler that has it. */
    void takeBack() {
        lost.add(turn);
        taker = null;
        turn = null;
    }

    long serial() {
        return last().private1();
    }
}
