// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.core.internal.ModelDevice.Attachment;
import io.pgfault.core.internal.ModelDevice.GroupKey;
import io.pgfault.core.internal.ModelDevice.ModelDomain;
import io.pgfault.core.internal.ModelDevice.Place;
import io.pgfault.core.internal.ModelDevice.Unit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The rules C01 to C19 and R01 to R04 said once more, slowly and obviously: one thread, plain collections, every bound
 * counted anew each time. Which handler gets a group is in {@link ModelHandlers}. What happens is written to
 * {@link #events}, as the driver and the handlers of the real core do too.
 */
final class Model {
    final Settings settings;
    final List<Object> events = new ArrayList<>();
    /** A group, as one handler was offered it. */
    record View(ModelGroup group, Object turn) {}

    /** What handlers were offered lately, by number of the offer. */
    final Recent<View> seen = new Recent<>();

    /** A handler is offered a group. */
    void offered(ModelGroup group) {
        seen.add(new View(group, group.turn));
    }

    final List<ModelDevice> devices = new ArrayList<>();
    final ModelHandlers handlers = new ModelHandlers(this);
    long now = 1;

    Model(Settings settings) {
        this.settings = settings;
    }

    /** What a handler saw of a group. */
    record Offered(long service, String device, String domain, List<PageRequest> requests) {}

    // Faults

    Report report(ModelDevice device, PageRequest request) {
        device.count(Counter.REQUESTS, 1);
        if (device.released) {
            return Report.RELEASED;
        }
        return request.lastPage() ? close(device, request) : keep(device, request);
    }

    private static int pasid(PageRequest request) {
        return request.pasidValid() ? request.pasid() : Pasid.NONE;
    }

    private static GroupKey key(PageRequest request) {
        return GroupKey.of(request.flags(), pasid(request), request.groupId());
    }

    private Report keep(ModelDevice device, PageRequest request) {
        GroupKey key = key(request);
        Report report = Report.PARTIAL;
        if (refusal(device, pasid(request)) != null || device.poisoned.contains(key)) {
            report = Report.POISONED;
        } else if (device.partialRequests() >= settings.partialsPerDevice()) {
            report = Report.PARTIAL_LIMIT;
        } else if (device.saturated && !device.partials.containsKey(key)) {
            report = Report.POISONED;
        }
        if (report == Report.PARTIAL) {
            device.partials.computeIfAbsent(key, k -> new ArrayList<>()).add(request);
        } else {
            poison(device, key);
            if (report == Report.PARTIAL_LIMIT || (device.saturated && !device.poisoned.contains(key))) {
                device.count(Counter.LIMITED, 1);
            }
        }
        return report;
    }

    private void poison(ModelDevice device, GroupKey key) {
        drop(device, key);
        if (device.poisoned.contains(key)) {
            return;
        }
        if (device.poisoned.size() < settings.partialsPerDevice() && !(device.saturated && !dropped)) {
            device.poisoned.add(key);
        } else {
            device.saturated = true;
        }
    }

    /** Whether the last {@link #drop} found partials. */
    private boolean dropped;

    private void drop(ModelDevice device, GroupKey key) {
        List<PageRequest> requests = device.partials.remove(key);
        dropped = requests != null;
        if (dropped) {
            device.count(Counter.DROPPED_PARTIALS, requests.size());
        }
    }

    private Report close(ModelDevice device, PageRequest last) {
        GroupKey key = key(last);
        device.count(Counter.GROUPS, 1);
        List<PageRequest> requests = device.partials.remove(key);
        boolean poisoned = device.poisoned.remove(key) || (requests == null && device.saturated);
        requests = requests == null ? new ArrayList<>() : requests;
        requests.add(last);
        Attachment attachment = device.find(pasid(last));
        Report report = poisoned && device.place != null ? Report.POISONED_GROUP : refusal(device, pasid(last));
        ModelHandler first = attachment == null ? null : handlers.below(attachment.domain.kind, null);
        boolean work = first != null && !first.inline;
        if (report == null) {
            report = limit(device, requests.size(), work);
        }
        if (report != null) {
            if (device.place != null) {
                device.place.unit.latencies.add(0L);
            }
            if (report == Report.PENDING_LIMIT || report == Report.WORK_LIMIT) {
                device.count(Counter.LIMITED, 1);
            }
            deliver(device, last, ResponseCode.INVALID);
            return report;
        }
        ModelGroup group = new ModelGroup(device, device.place, attachment, requests, now);
        device.pending.add(group);
        if (work) {
            enqueue(group, () -> handlers.offer(group, false));
            return Report.CLOSED;
        }
        return handlers.offer(group, true);
    }

    private Report refusal(ModelDevice device, int pasid) {
        if (device.place == null) {
            return Report.NO_QUEUE;
        }
        Attachment attachment = device.find(pasid);
        if (attachment == null) {
            return Report.NO_DOMAIN;
        }
        return handlers.served(attachment.domain.kind) ? null : Report.NO_HANDLER;
    }

    private Report limit(ModelDevice device, int size, boolean work) {
        int held = device.pending.stream().mapToInt(g -> g.requests.size() - 1).sum();
        if (device.pending.size() >= settings.pendingPerDevice() || held + size - 1 > settings.requestsPerDevice()) {
            return Report.PENDING_LIMIT;
        }
        return work && device.place.work.size() >= settings.workDepth() ? Report.WORK_LIMIT : null;
    }

    void reject(ModelDevice device, PageRequest request) {
        if (device.released) {
            return;
        }
        device.count(Counter.BAD_REQUESTS, 1);
        GroupKey key = key(request);
        if (request.lastPage()) {
            drop(device, key);
            device.poisoned.remove(key);
            deliver(device, request, ResponseCode.INVALID);
        } else {
            poison(device, key);
            if (device.saturated && !device.poisoned.contains(key)) {
                device.count(Counter.LIMITED, 1);
            }
        }
    }

    // Responses

    /** A handler's answer: it counts if the group is still with the handler's turn (rules C09, R08). */
    boolean respond(ModelGroup group, Object turn, ResponseCode code) {
        boolean first = group.turn == turn && answer(group, code, null);
        if (!first) {
            group.device.count(Counter.REFUSED, 1);
        }
        return first;
    }

    boolean answer(ModelGroup group, ResponseCode code, Counter why) {
        if (group.answered) {
            return false;
        }
        group.answered = true;
        handlers.parked.remove(group);
        group.device.pending.remove(group);
        group.place.unit.latencies.add(now - group.closedAt);
        if (why != null) {
            group.device.count(why, 1);
        }
        deliver(group.device, group.last(), code);
        return true;
    }

    private void deliver(ModelDevice device, PageRequest last, ResponseCode code) {
        device.count(Counter.valueOf(code.name()), 1);
        int pasid = last.responseNeedsPasid() ? pasid(last) : Pasid.NONE;
        events.add(new RecordingDriver.Response(
                device.name, pasid, last.groupId(), last.private0(), last.private1(), code));
    }

    private void answerInvalid(List<ModelGroup> groups) {
        groups.forEach(group -> answer(group, ResponseCode.INVALID, null));
    }

    // Work

    boolean enqueue(ModelGroup group, Runnable work) {
        if (group.place.work.size() >= settings.workDepth()) {
            answer(group, ResponseCode.INVALID, Counter.LIMITED);
            return false;
        }
        group.place.work.add(work);
        if (group.place.work.size() == 1) {
            group.place.unit.ring.add(group.place);
        }
        return true;
    }

    /** A handler's work: it is refused, or not run, if the handler has lost the group (rule R08). */
    void execute(ModelGroup group, Object turn, Runnable work) {
        if (group.lost.contains(turn)) {
            group.device.count(Counter.REFUSED, 1);
            return;
        }
        enqueue(group, () -> {
            if (!group.lost.contains(turn)) {
                work.run();
            }
        });
    }

    /** One piece of the first device's work (rule C16). */
    boolean turn(Unit unit) {
        if (unit.ring.isEmpty()) {
            return false;
        }
        Place place = unit.ring.remove();
        Runnable work = place.work.remove();
        if (!place.work.isEmpty()) {
            unit.ring.add(place);
        }
        work.run();
        return true;
    }

    // Queues, devices, domains

    boolean add(Unit unit, ModelDevice device) {
        if (device.released || device.place != null) {
            return false;
        }
        device.place = new Place(unit);
        device.unit = unit;
        unit.devices.add(device);
        return true;
    }

    void remove(Unit unit, ModelDevice device) {
        if (device.place == null || device.place.unit != unit) {
            return;
        }
        device.place = null;
        unit.devices.remove(device);
        Set<GroupKey> keys = new HashSet<>(device.partials.keySet());
        keys.forEach(key -> drop(device, key));
        answerInvalid(List.copyOf(device.pending));
    }

    void discard(Unit unit) {
        for (ModelDevice device : unit.devices) {
            device.count(Counter.DISCARDED_PARTIALS, device.partialRequests());
            device.partials.clear();
            device.poisoned.clear();
            device.saturated = false;
        }
    }

    void release(ModelDevice device) {
        if (device.place != null) {
            remove(device.place.unit, device);
        }
        for (int pasid : List.copyOf(device.attachments.keySet())) {
            detach(device, pasid);
        }
        device.partials.clear();
        device.poisoned.clear();
        device.released = true;
        devices.remove(device);
    }

    /** False if it is refused; {@code driverFails} says that the driver can't do it. */
    boolean attach(ModelDevice device, int pasid, ModelDomain domain, boolean driverFails) {
        if (device.released || domain.freed || driverFails) {
            return false;
        }
        detach(device, pasid);
        Attachment attachment = new Attachment(domain);
        device.attachments.put(pasid, attachment);
        domain.holders.add(attachment);
        return true;
    }

    void detach(ModelDevice device, int pasid) {
        Attachment old = device.attachments.remove(pasid);
        if (old != null) {
            answerInvalid(
                    device.pending.stream().filter(g -> g.attachment == old).toList());
            old.domain.holders.remove(old);
        }
    }

    boolean free(ModelDomain domain) {
        domain.freed |= domain.holders.isEmpty();
        return domain.holders.isEmpty();
    }

    // Time

    /** Does what is due; returns how long until something is. */
    long expire() {
        long next = handlers.expire();
        for (ModelDevice device : List.copyOf(devices)) {
            next = Math.min(next, timeOut(device));
        }
        return next;
    }

    /** A flush during which no group is answered. */
    void flush(ModelDevice device) {
        timeOut(device);
    }

    private long timeOut(ModelDevice device) {
        long next = Long.MAX_VALUE;
        for (ModelGroup group : List.copyOf(device.pending)) {
            long left = group.closedAt + settings.deadlineNanos() - now;
            if (left <= 0) {
                answer(group, ResponseCode.INVALID, Counter.TIMED_OUT);
            } else {
                next = Math.min(next, left);
            }
        }
        return next;
    }
}
