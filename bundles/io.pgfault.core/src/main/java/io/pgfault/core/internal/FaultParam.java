// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import java.util.function.LongSupplier;

/**
 * A device's one fault parameter (rule C02): its lock, its partials, its pending groups, its domains, and its place in a
 * fault queue.
 *
 * <p>A report does all its looking up and storing in one section under the lock; handlers and the driver are called
 * outside. The lock is the device's own and is held for constant time, but for removing, detaching, discarding and
 * expiring, which visit what there is. Lock order: changes of attachments, a queue's devices, the device's lock.
 */
final class FaultParam implements Device {
    private static final System.Logger LOGGER = System.getLogger(FaultParam.class.getName());

    private final IommuDriver driver;
    private final String unit;
    private final String name;
    private final int id;
    private final Settings settings;
    private final CoreCounters counters = new CoreCounters();
    private final RateLimitedLog log;

    private final RequestBlocks blocks = new RequestBlocks();
    private final Partials partials;
    /** An object that every report needs in the cache anyway; not this one, which handlers could lock. */
    private final Object lock;

    private final PendingGroups pending;
    private final Attachments attachments;
    private DeviceWork queued;
    private boolean released;

    FaultParam(IommuDriver driver, String unit, String name, int id, Settings settings, LongSupplier clock) {
        this.driver = driver;
        this.unit = unit;
        this.name = name;
        this.id = id;
        this.settings = settings;
        this.partials = new Partials(settings.partialsPerDevice(), blocks);
        this.lock = partials;
        this.pending = new PendingGroups(this, settings.deadlineNanos(), clock);
        this.attachments = new Attachments(this, driver, pending);
        this.log = new RateLimitedLog(LOGGER, clock);
    }

    /**
     * The fault parameter of a device.
     *
     * @throws IllegalArgumentException if the device was not probed by this framework
     */
    static FaultParam of(Device device) {
        if (device instanceof FaultParam param) {
            return param;
        }
        throw new IllegalArgumentException(
                "device " + device + " was not probed: IoPageFaults.probe makes devices known");
    }

    // Faults

    Report report(
            int flags, int requestPasid, int groupId, int permissions, long address, long private0, long private1) {
        counters.increment(Counter.REQUESTS);
        int pasid = (flags & PageRequest.PASID_VALID) != 0 ? requestPasid : Pasid.NONE;
        return (flags & PageRequest.LAST_PAGE) == 0
                ? keep(flags, pasid, groupId, permissions, address, private0, private1)
                : close(flags, pasid, groupId, permissions, address, private0, private1);
    }

    private Report keep(
            int flags, int pasid, int groupId, int permissions, long address, long private0, long private1) {
        long key = Partials.key(flags, pasid, groupId);
        Report report;
        int dropped = 0;
        boolean limited;
        synchronized (lock) {
            if (released) {
                return Report.RELEASED;
            }
            if (refusal(attachments.find(pasid)) != null) {
                report = Report.POISONED;
            } else {
                report = partials.add(key, flags, pasid, permissions, address, private0, private1);
            }
            if (report != Report.PARTIAL) {
                dropped = partials.poison(key);
            }
            limited = report == Report.PARTIAL_LIMIT || partials.forgot(key);
        }
        counters.add(Counter.DROPPED_PARTIALS, dropped);
        if (limited) {
            limited(Report.PARTIAL_LIMIT.reason());
        }
        return report;
    }

    private Report close(
            int flags, int pasid, int groupId, int permissions, long address, long private0, long private1) {
        long key = Partials.key(flags, pasid, groupId);
        Report report;
        IopfGroup group = null;
        DeviceWork place;
        long closedAt;
        boolean ready = false;
        boolean offer = false;
        synchronized (lock) {
            if (released) {
                return Report.RELEASED;
            }
            place = queued;
            closedAt = place == null ? 0 : place.queue.closingTime();
            Attachment attachment = attachments.find(pasid);
            BoundHandler first =
                    attachment == null ? null : attachment.handlers().below(null);
            boolean work = first != null && !first.inline();
            boolean poisoned = partials.poisoned(key);
            Partials.Partial partial = partials.close(key);
            int size = partial == null ? 1 : partial.count + 1;
            report = poisoned && place != null ? Report.POISONED_GROUP : refusal(attachment);
            if (report == null) {
                report = limit(size, work);
            }
            RequestBlock block = partial == null ? null : partial.block;
            if (report == null) {
                group = new IopfGroup(
                        place,
                        attachment,
                        groupId,
                        pasid,
                        flags,
                        permissions,
                        address,
                        private0,
                        private1,
                        block,
                        size,
                        closedAt);
                pending.add(group);
                ready = work && place.add(group);
                offer = !work;
                report = Report.CLOSED;
            } else if (block != null) {
                blocks.giveBack(block);
            }
            if (partial != null) {
                partials.recycle(partial);
            }
        }
        counters.increment(Counter.GROUPS);
        if (group == null) {
            answerAtOnce(report, place, closedAt, groupId, flags, pasid, private0, private1);
        } else if (ready) {
            place.queue.ready(place);
        } else if (offer) {
            return Offer.onEventThread(group);
        }
        return report;
    }

    /** Why a request can't be handled here; {@code null} if it can. With the lock. */
    private Report refusal(Attachment attachment) {
        if (queued == null) {
            return Report.NO_QUEUE;
        }
        if (attachment == null) {
            return Report.NO_DOMAIN;
        }
        return attachment.handlers().served() ? null : Report.NO_HANDLER;
    }

    /** The bound that a group of {@code size} requests exceeds; {@code null} if none. With the lock. */
    private Report limit(int size, boolean work) {
        if (pending.reaches(settings.pendingPerDevice())
                || (size > 1 && pending.requests() + size - 1 > settings.requestsPerDevice())) {
            return Report.PENDING_LIMIT;
        }
        return work && queued.full() ? Report.WORK_LIMIT : null;
    }

    private void answerAtOnce(
            Report report,
            DeviceWork place,
            long closedAt,
            int groupId,
            int flags,
            int pasid,
            long private0,
            long private1) {
        if (place != null) {
            place.queue.recordLatency(closedAt);
        }
        if (report == Report.PENDING_LIMIT || report == Report.WORK_LIMIT) {
            limited(report.reason());
        }
        deliver(groupId, flags, pasid, private0, private1, ResponseCode.INVALID);
    }

    /** See {@link io.pgfault.api.driver.IoPageFaults#reject}. */
    void reject(int flags, int requestPasid, int groupId, long private0, long private1) {
        int pasid = (flags & PageRequest.PASID_VALID) != 0 ? requestPasid : Pasid.NONE;
        long key = Partials.key(flags, pasid, groupId);
        boolean last = (flags & PageRequest.LAST_PAGE) != 0;
        int dropped;
        boolean limited;
        synchronized (lock) {
            if (released) {
                return;
            }
            dropped = last ? partials.drop(key) : partials.poison(key);
            limited = !last && partials.forgot(key);
        }
        counters.increment(Counter.BAD_REQUESTS);
        counters.add(Counter.DROPPED_PARTIALS, dropped);
        if (limited) {
            limited(Report.PARTIAL_LIMIT.reason());
        }
        if (last) {
            deliver(groupId, flags, pasid, private0, private1, ResponseCode.INVALID);
        }
    }

    // Responses

    /** Counts a response and has the driver send it. */
    void deliver(int groupId, int flags, int pasid, long private0, long private1, ResponseCode code) {
        counters.increment(
                switch (code) {
                    case SUCCESS -> Counter.SUCCESS;
                    case INVALID -> Counter.INVALID;
                    case FAILURE -> Counter.FAILURE;
                });
        int responsePasid = (flags & PageRequest.RESPONSE_NEEDS_PASID) != 0 ? pasid : Pasid.NONE;
        try {
            driver.pageResponse(this, responsePasid, groupId, private0, private1, code);
        } catch (Throwable e) {
            log.warning(
                    () -> "the driver of " + unit + " failed to send " + code + " for group " + groupId + " to device "
                            + name + "; the group counts as answered",
                    e);
        }
    }

    /** A group's response is out. */
    void delivered(IopfGroup group) {
        RequestBlock block = group.finish();
        pending.remove(group);
        if (block != null) {
            blocks.handBack(block);
        }
    }

    /** Logs what happened to a group, at a limited rate. */
    void warn(String what, IopfGroup group, Throwable cause) {
        log.warning(() -> what + ": " + group, cause);
    }

    private void limited(String what) {
        counters.increment(Counter.LIMITED);
        log.warning(() -> this + ": " + what + "; the bounds are in the configuration io.pgfault.core");
    }

    /** Hands work to the workers of the queue that {@code place} is in; false if they have no room. */
    boolean enqueue(DeviceWork place, Work work) {
        boolean ready;
        synchronized (lock) {
            if (place.full()) {
                return false;
            }
            ready = place.add(work);
        }
        if (ready) {
            place.queue.ready(place);
        }
        return true;
    }

    // Queue

    /** Puts the device into a queue. */
    void join(IopfQueue queue) {
        synchronized (lock) {
            if (released) {
                throw new IllegalStateException("device " + name + " has been released: probe it again");
            }
            if (queued != null) {
                throw new IllegalStateException("device " + name + " is busy: it is in fault queue "
                        + queued.queue.name() + ", remove it there first");
            }
            queued = new DeviceWork(this, queue, settings.workDepth());
            counters.countFor(queue.counters());
        }
    }

    /**
     * Takes the device out of a queue (rule C12). If it isn't in it, another thread may just be taking it out: its groups
     * from there have their answers when either call returns.
     */
    void leave(IopfQueue queue) {
        int dropped = 0;
        DeviceWork back;
        synchronized (lock) {
            if (queued != null && queued.queue == queue) {
                queued = null;
                dropped = partials.dropRequests();
            }
            back = queued;
        }
        counters.add(Counter.DROPPED_PARTIALS, dropped);
        // Not those that close when the device has been added again, here or elsewhere.
        pending.answerInvalid(group -> group.place().queue == queue && group.place() != back);
    }

    boolean isIn(IopfQueue queue) {
        synchronized (lock) {
            return queued != null && queued.queue == queue;
        }
    }

    /** Drops partials and poisons (rule C14). */
    void discardPartials() {
        int discarded;
        synchronized (lock) {
            discarded = partials.discard();
        }
        counters.add(Counter.DISCARDED_PARTIALS, discarded);
    }

    /** Takes the device out of its queue, detaches its domains, and forgets its partials; later reports fail. */
    void release() {
        leaveQueue();
        attachments.release();
        synchronized (lock) {
            released = true;
            partials.discard();
        }
        leaveQueue();
        counters.carryOver();
    }

    private void leaveQueue() {
        DeviceWork place;
        synchronized (lock) {
            place = queued;
        }
        if (place != null) {
            place.queue.remove(this);
        }
    }

    // Device

    PendingGroups pending() {
        return pending;
    }

    Attachments attachments() {
        return attachments;
    }

    IommuDriver driver() {
        return driver;
    }

    /** Guards what waits for workers too, see {@link DeviceWork}. */
    Object lock() {
        return lock;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public String unit() {
        return unit;
    }

    @Override
    public CoreCounters counters() {
        return counters;
    }

    @Override
    public String toString() {
        return "device " + name + " (0x" + Integer.toHexString(id) + ") of " + unit;
    }
}
