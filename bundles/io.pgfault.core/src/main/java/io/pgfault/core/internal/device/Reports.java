// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.device;

import io.pgfault.api.Counter;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import io.pgfault.core.internal.count.CoreCounters;
import io.pgfault.core.internal.domain.Attachment;
import io.pgfault.core.internal.event.BoundEvent;
import io.pgfault.core.internal.event.GroupEvent;
import io.pgfault.core.internal.event.RequestEvent;
import io.pgfault.core.internal.group.IopfGroup;
import io.pgfault.core.internal.group.Partials;
import io.pgfault.core.internal.group.PendingGroups;
import io.pgfault.core.internal.group.RequestBlock;
import io.pgfault.core.internal.group.RequestBlocks;
import io.pgfault.core.internal.handler.BoundHandler;
import io.pgfault.core.internal.handler.Offering;
import io.pgfault.parts.BackoffLock;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How reports of one device become groups (rules C03 to C07, C15, V05).
 *
 * <p>This object is the device's lock. A report does all its looking up and storing in one section under the lock;
 * handlers and the driver are called outside. The section takes constant time; a thread that removes, detaches,
 * discards or expires holds the lock for a visit of what there is.
 *
 * <p>A closed group is among the pending ones before the lock is released, groups that are answered at once included.
 * So a thread that has changed something under the lock (the queue, an attachment) finds every group that closed
 * before, and can wait for its response (rules C12, C13, C19).
 */
final class Reports extends BackoffLock {
    private static final VarHandle WITHIN;

    static {
        try {
            WITHIN = MethodHandles.lookup()
                    .findVarHandle(Reports.class, "within", boolean.class)
                    .withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final PendingGroups pending;
    final Attachments attachments;
    private final FaultParam param;
    private final CoreCounters counters;
    private final DeviceBounds bounds;
    private final RequestBlocks blocks = new RequestBlocks();
    private final Partials partials;
    private final Stages stages;
    private final Membership outside;
    /** The stay in a queue; {@code outside} if the device is in none. Guarded by the lock. */
    private Membership place;
    /** Whether the device has been released. Guarded by the lock. */
    private boolean released;
    /**
     * The thread that reported last. Only a reporting thread writes it, before {@code within}. A thread that finds
     * itself here while {@code within} is set is within its own report: had another thread reported since, the release
     * of {@code within} would show that thread here.
     */
    private Thread reporter;
    /** Whether a thread is within a report that calls a handler or the driver. Only the reporting thread writes it. */
    @SuppressWarnings("UnusedVariable") // Accessed by WITHIN.
    private boolean within;

    Reports(FaultParam param, CoreCounters counters, DeviceBounds bounds, java.util.function.LongSupplier clock) {
        this.param = param;
        this.counters = counters;
        this.bounds = bounds;
        this.partials = new Partials(bounds.partials(), blocks);
        this.pending = new PendingGroups(this, param, bounds.deadlineNanos(), clock, counters::responses);
        this.attachments = new Attachments(param, this, param.driver(), pending);
        this.stages = new Stages(param, param.driver());
        this.outside = new Membership(param, null, null);
        this.place = outside;
    }

    // Reporting

    Report report(
            int flags, int requestPasid, int groupId, int permissions, long address, long private0, long private1) {
        int pasid = (flags & PageRequest.PASID_VALID) != 0 ? requestPasid : Pasid.NONE;
        if (RequestEvent.isOn()) {
            RequestEvent.commit(param, pasid, groupId, address, permissions, flags);
        }
        return (flags & PageRequest.LAST_PAGE) == 0
                ? keep(flags, pasid, groupId, permissions, address, private0, private1)
                : close(flags, pasid, groupId, permissions, address, private0, private1);
    }

    private Report keep(
            int flags, int pasid, int groupId, int permissions, long address, long private0, long private1) {
        long key = Partials.key(flags, pasid, groupId);
        Report report;
        int dropped;
        boolean limited;
        lock();
        try {
            if (released) {
                return countReleased();
            }
            counters.increment(Counter.REQUESTS);
            if (refusal(attachments.find(pasid)) != null) {
                report = Report.POISONED;
            } else {
                report = partials.add(key, flags, pasid, permissions, address, private0, private1);
                if (report == Report.PARTIAL) {
                    return report;
                }
            }
            dropped = partials.poison(key);
            limited = report == Report.PARTIAL_LIMIT || partials.forgot(key);
        } finally {
            unlock();
        }
        counters.add(Counter.DROPPED_PARTIALS, dropped);
        if (limited) {
            limited(Report.PARTIAL_LIMIT, pasid, groupId);
        }
        return report;
    }

    private Report countReleased() {
        counters.increment(Counter.REQUESTS);
        return Report.RELEASED;
    }

    private Report close(
            int flags, int pasid, int groupId, int permissions, long address, long private0, long private1) {
        long key = Partials.key(flags, pasid, groupId);
        Report refusal;
        IopfGroup group;
        Membership at;
        Attachment attachment;
        BoundHandler first;
        boolean nested;
        lock();
        try {
            attachment = attachments.find(pasid);
            if (isNested(attachment)) {
                attachment = askForStages(attachment, key, pasid, permissions, address);
            }
            nested = isNested(attachment);
            if (released) {
                return countReleased();
            }
            counters.increment(Counter.REQUESTS);
            counters.increment(Counter.GROUPS);
            at = place;
            boolean measured = false;
            long closedAt = 0;
            if (at != outside) {
                measured = at.queue.slice.measures();
                closedAt = at.queue.slice.closingTime();
            }
            boolean poisoned = partials.poisoned(key);
            Partials.Partial partial = partials.close(key);
            RequestBlock block = partial == null ? null : partial.block();
            int size = partial == null ? 1 : partial.count() + 1;
            int lastPermissions = permissions;
            long lastAddress = address;
            if (nested && stages.failure() == null) {
                stages.sort(block, size, permissions, address);
                attachment = stages.attachment();
                size = stages.size();
                lastPermissions = stages.permissions();
                lastAddress = stages.address();
            } else if (nested) {
                poisoned = true;
            }
            first = attachment == null ? null : attachment.handlers().below(null);
            boolean work = first != null && !first.inline();
            refusal = poisoned && at != outside ? Report.POISONED_GROUP : refusal(attachment);
            if (refusal == null) {
                refusal = limit(size, work);
            }
            if (refusal == null) {
                group = IopfGroup.closed(
                        work ? null : first,
                        at,
                        attachment,
                        groupId,
                        pasid,
                        flags,
                        lastPermissions,
                        lastAddress,
                        private0,
                        private1,
                        block,
                        size,
                        closedAt,
                        measured);
                pending.add(group);
                if (work) {
                    at.work.add(group);
                }
            } else {
                group = IopfGroup.answeredAtOnce(
                        at, attachment, groupId, pasid, flags, private0, private1, closedAt, measured);
                pending.add(group);
                if (block != null) {
                    blocks.giveBack(block);
                }
            }
            if (partial != null) {
                partials.recycle(partial);
            }
        } finally {
            unlock();
        }
        if (attachment != null && attachment.isSecondStage()) {
            counters.increment(Counter.SECOND_STAGE);
        }
        if (GroupEvent.isOn()) {
            GroupEvent.commit(
                    param,
                    pasid,
                    groupId,
                    group.size(),
                    attachment == null ? "" : attachment.domain().name());
        }
        if (refusal != null) {
            if (nested && stages.failure() != null) {
                param.warn(
                        () -> "the driver of " + param + " failed to say at which stage a request failed",
                        stages.failure());
            }
            return answerAtOnce(group, refusal);
        }
        if (first != null && !first.inline()) {
            at.queue.slice.added(at.work);
            return Report.CLOSED;
        }
        return offer(group, at, first);
    }

    /**
     * Has the driver say at which stage the requests of a nested domain's group failed (rule N02), again if another
     * domain is attached meanwhile. With the lock, which is free while the driver is called.
     *
     * @return what is attached now
     */
    private Attachment askForStages(Attachment first, long key, int pasid, int permissions, long address) {
        Attachment attachment = first;
        stages.begin();
        while (isNested(attachment) && !stages.isAsked(attachment)) {
            stages.ask(this, attachment, pasid, partials.peek(key), permissions, address);
            attachment = attachments.find(pasid);
        }
        return attachment;
    }

    private static boolean isNested(Attachment attachment) {
        return attachment != null && attachment.secondStage() != null;
    }

    private Report offer(IopfGroup group, Membership at, BoundHandler first) {
        at.queue.slice.beforeHandler();
        enter();
        try {
            return first == null ? Offering.onEventThread(group) : Offering.onEventThread(group, first, group);
        } finally {
            WITHIN.setRelease(this, false);
        }
    }

    /** Why a request can't be handled here; {@code null} if it can. With the lock. */
    private Report refusal(Attachment attachment) {
        if (place == outside) {
            return Report.NO_QUEUE;
        }
        if (attachment == null) {
            return Report.NO_DOMAIN;
        }
        return attachment.served() ? null : Report.NO_HANDLER;
    }

    /** The bound that a group of {@code size} requests exceeds; {@code null} if none. With the lock. */
    private Report limit(int size, boolean work) {
        if (pending.reaches(bounds.pending()) || (size > 1 && pending.requests() + size - 1 > bounds.requests())) {
            return Report.PENDING_LIMIT;
        }
        return work && place.work.full() ? Report.WORK_LIMIT : null;
    }

    private Report answerAtOnce(IopfGroup group, Report refusal) {
        enter();
        try {
            if (refusal == Report.PENDING_LIMIT || refusal == Report.WORK_LIMIT) {
                limited(refusal, group.pasid(), group.id());
            }
        } finally {
            group.send(ResponseCode.INVALID, null);
            WITHIN.setRelease(this, false);
        }
        return refusal;
    }

    private void enter() {
        Thread thread = Thread.currentThread();
        if (reporter != thread) {
            reporter = thread;
        }
        WITHIN.setRelease(this, true);
    }

    /** Whether the calling thread is within a report of this device. */
    boolean isReporting() {
        return (boolean) WITHIN.getAcquire(this) && reporter == Thread.currentThread();
    }

    private void limited(Report why, int pasid, int groupId) {
        if (BoundEvent.isOn()) {
            BoundEvent.commit(param, pasid, groupId, why.name());
        }
        counters.increment(Counter.LIMITED);
        param.warn(() -> param + ": " + why.reason() + "; the bounds are in the configuration io.pgfault.core", null);
    }

    /** See {@link io.pgfault.api.driver.IoPageFaults#reject}. */
    void reject(int flags, int requestPasid, int groupId, long private0, long private1) {
        int pasid = (flags & PageRequest.PASID_VALID) != 0 ? requestPasid : Pasid.NONE;
        long key = Partials.key(flags, pasid, groupId);
        boolean last = (flags & PageRequest.LAST_PAGE) != 0;
        int dropped;
        boolean limited;
        IopfGroup group = null;
        lock();
        try {
            if (released) {
                return;
            }
            dropped = last ? partials.drop(key) : partials.poison(key);
            limited = !last && partials.forgot(key);
            if (last) {
                group = IopfGroup.answeredAtOnce(place, null, groupId, pasid, flags, private0, private1, 0, false);
                pending.add(group);
            }
        } finally {
            unlock();
        }
        counters.increment(Counter.BAD_REQUESTS);
        counters.add(Counter.DROPPED_PARTIALS, dropped);
        if (group != null) {
            answerAtOnce(group, null);
        } else if (limited) {
            limited(Report.PARTIAL_LIMIT, pasid, groupId);
        }
    }

    /** The response of a group is at the driver. The thread that answered calls this method. */
    void delivered(IopfGroup group, boolean reporting) {
        RequestBlock block = group.block();
        group.finish();
        pending.remove(group, reporting);
        if (block != null) {
            blocks.handBack(block, reporting);
        }
    }

    // Belonging to a queue

    /** Puts the device into a queue. */
    void join(QueueSide queue, String device) {
        lock();
        try {
            if (released) {
                throw new IllegalStateException("device " + device + " has been released: probe it again");
            }
            if (place != outside) {
                throw new IllegalStateException("device " + device + " is busy: it is in fault queue "
                        + place.queue.name + ", remove it there first");
            }
            place = new Membership(param, queue, new io.pgfault.core.internal.work.WorkList(bounds.workDepth()));
            counters.countFor(queue.counters);
        } finally {
            unlock();
        }
    }

    /**
     * Takes the device out of a queue (rule C12). If another thread is taking it out at the same time, the groups of
     * that stay have their responses when either call returns.
     */
    void leave(QueueSide queue) {
        int dropped = 0;
        Membership back;
        lock();
        try {
            if (place.queue == queue) {
                place = outside;
                dropped = partials.dropRequests();
            }
            back = place;
        } finally {
            unlock();
        }
        counters.add(Counter.DROPPED_PARTIALS, dropped);
        // Groups that close when the device has been added again belong to another stay.
        pending.answerInvalid(group -> group.place() instanceof Membership at && at.queue == queue && at != back);
    }

    /** The queue that the device is in; {@code null} if it is in none. */
    QueueSide queue() {
        lock();
        try {
            return place.queue;
        } finally {
            unlock();
        }
    }

    /** How many requests of open groups are kept. With the lock. */
    int partialRequests() {
        return partials.requests();
    }

    /** Drops partials and poisons (rule C14). */
    void discardPartials() {
        int discarded;
        lock();
        try {
            discarded = partials.discard();
        } finally {
            unlock();
        }
        counters.add(Counter.DISCARDED_PARTIALS, discarded);
    }

    /** From now on reports fail. Returns when every response is at the driver. */
    void release() {
        lock();
        try {
            released = true;
            place = outside;
            partials.discard();
        } finally {
            unlock();
        }
        if (pending.answerInvalid(group -> true)) {
            counters.carryOver();
        }
    }
}
