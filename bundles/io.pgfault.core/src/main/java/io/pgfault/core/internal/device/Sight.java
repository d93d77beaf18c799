// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.device;

import io.pgfault.api.Domain;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.WatchedAttachment;
import io.pgfault.api.watch.WatchedDevice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What an operator sees of one device. Any thread; the device's lock is held for one visit of each part. */
final class Sight {
    private final FaultParam device;
    private final Reports reports;

    Sight(FaultParam device, Reports reports) {
        this.device = device;
        this.reports = reports;
    }

    WatchedDevice device() {
        List<WatchedAttachment> attachments = new ArrayList<>();
        int partials;
        reports.lock();
        try {
            reports.attachments.visit(attachment -> attachments.add(new WatchedAttachment(
                    attachment.pasid(),
                    attachment.domain().name(),
                    attachment.domain().kind(),
                    attachment.domain().nested())));
            partials = reports.partialRequests();
        } finally {
            reports.unlock();
        }
        boolean queued = reports.queue() != null;
        int pending = reports.pending.list(group -> true).size();
        attachments.sort(Comparator.comparingInt(WatchedAttachment::pasid));
        return new WatchedDevice(
                device.unit(),
                device.name(),
                device.id(),
                queued,
                List.copyOf(attachments),
                pending,
                partials,
                device.counters());
    }

    /** The domains on which the attached ones are nested. */
    List<Domain> secondStages() {
        List<Domain> found = new ArrayList<>();
        reports.lock();
        try {
            reports.attachments.visit(attachment -> {
                Domain below = attachment.domain().secondStage();
                if (below != null) {
                    found.add(below);
                }
            });
        } finally {
            reports.unlock();
        }
        return found;
    }

    List<PendingGroup> pending(long now) {
        List<PendingGroup> seen = new ArrayList<>();
        // Within the predicate, because the requests of a group stay what they are while the lock is held.
        reports.pending.list(group -> {
            seen.add(group.watched(now));
            return false;
        });
        return seen;
    }
}
