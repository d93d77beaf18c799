// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.PageRequest;
import java.util.List;

/** A closed group of the model. */
final class ModelGroup {
    final ModelDevice device;
    final ModelDevice.Place place;
    final ModelDevice.Attachment attachment;
    final List<PageRequest> requests;
    final long closedAt;
    boolean answered;
    /** Who was asked last and has neither declined nor been recalled. */
    ModelHandler taker;
    /** A new object each time somebody is asked: work that is executed knows by it whether the group is still theirs. */
    Object turn;

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

    long serial() {
        return last().private1();
    }
}
