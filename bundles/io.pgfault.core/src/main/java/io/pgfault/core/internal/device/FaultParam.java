// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.device;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.api.watch.AnsweredGroups;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.core.internal.count.Answers;
import io.pgfault.core.internal.count.CoreCounters;
import io.pgfault.core.internal.domain.Attachment;
import io.pgfault.core.internal.domain.IopfDomain;
import io.pgfault.core.internal.event.BoundEvent;
import io.pgfault.core.internal.event.DeadlineEvent;
import io.pgfault.core.internal.event.ResponseEvent;
import io.pgfault.core.internal.group.IopfGroup;
import io.pgfault.core.internal.handler.BoundHandler;
import io.pgfault.parts.BackoffLock;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.parts.UnitLogger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A device's one fault parameter (rule C02), and the face that drivers and handlers see of it: what the device is
 * called, its driver, and the one way to that driver. Its faults are in {@link Reports}, its domains in
 * {@link Attachments}. Any thread. Lock order: changes of attachments, a queue's devices, the device's lock.
 */
public final class FaultParam implements Device {
    private final IommuDriver driver;
    private final CoreCounters counters = new CoreCounters();
    /** The counts of answers by answerer. */
    private final Answers answers = new Answers();

    private final Reports reports;
    private final int id;
    private final String unit;
    private final String name;
    private final RateLimitedLog log;
    private final LongSupplier clock;
    private final Sight sight;

    /** A device that is in no queue. */
    public FaultParam(IommuDriver driver, String unit, String name, int id, DeviceBounds bounds, LongSupplier clock) {
        this.driver = driver;
        this.unit = unit;
        this.name = name;
        this.id = id;
        this.clock = clock;
        this.log = new RateLimitedLog(UnitLogger.of(unit), clock);
        this.reports = new Reports(this, counters, bounds, clock);
        this.sight = new Sight(this, reports);
    }

    /**
     * The fault parameter of a device.
     *
     * @throws IllegalArgumentException if the device was not probed by this framework
     */
    public static FaultParam of(Device device) {
        if (device instanceof FaultParam param) {
            return param;
        }
        throw new IllegalArgumentException(
                "device " + device + " was not probed: IoPageFaults.probe makes devices known");
    }

    // Faults

    /** See {@link io.pgfault.api.driver.IoPageFaults#report}. */
    public Report report(
            int flags, int pasid, int groupId, int permissions, long address, long private0, long private1) {
        return reports.report(flags, pasid, groupId, permissions, address, private0, private1);
    }

    /** See {@link io.pgfault.api.driver.IoPageFaults#reject}. */
    public void reject(int flags, int pasid, int groupId, long private0, long private1) {
        reports.reject(flags, pasid, groupId, private0, private1);
    }

    /**
     * Counts a response, has the driver send it, and then has the group leave the pending ones: exactly once for each
     * group, by the thread that answered it. Nothing that the driver or the log throws gets further (rule C21).
     */
    void send(IopfGroup group, ResponseCode code, Counter why, int answerer) {
        boolean reporting = reports.isReporting();
        if (why != null) {
            counters.increment(why);
            record(group, why);
        }
        counters.response(code);
        answers.count(answerer, code);
        try {
            driver.pageResponse(this, group.responsePasid(), group.id(), group.private0(), group.private1(), code);
        } catch (Throwable e) {
            warn(
                    () -> "the driver of " + unit + " failed to send " + code + " for group " + group.id()
                            + " to device " + name + "; the group counts as answered",
                    e);
        } finally {
            if (ResponseEvent.isOn()) {
                record(group, code);
            }
            reports.delivered(group, reporting);
        }
    }

    private void record(IopfGroup group, ResponseCode code) {
        long latency = group.closedAt() == 0 ? 0 : Math.max(0, clock.getAsLong() - group.closedAt());
        ResponseEvent.commit(this, group.pasid(), group.id(), code, latency);
    }

    private void record(IopfGroup group, Counter why) {
        if (why == Counter.TIMED_OUT && DeadlineEvent.isOn()) {
            DeadlineEvent.commit(this, group.pasid(), group.id());
        } else if (why == Counter.LIMITED && BoundEvent.isOn()) {
            BoundEvent.commit(this, group.pasid(), group.id(), why.name());
        }
    }

    /** Logs at a limited rate. A log that throws is left alone: a group's answer doesn't depend on a log (rule C21). */
    void warn(Supplier<String> message, Throwable cause) {
        try {
            log.warning(message, cause);
        } catch (Throwable e) {
            if (cause != null && cause != e) {
                e.addSuppressed(cause);
            }
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }

    /** Answers what is past its deadline; returns how long until the next group is, see {@link #waitsFor}. */
    public long expire(long now) {
        return reports.pending.expire(now);
    }

    /** Takes back what a service that has left holds, and has the workers offer it again (rule R03). */
    public void recall(BoundHandler handler) {
        reports.pending.list(group -> group.isWith(handler)).forEach(group -> group.recall(handler));
    }

    /** How many groups are not answered, and how many requests they hold beside each group's last; both are bounded. */
    public long waitsFor() {
        return reports.pending.list(group -> true).size();
    }

    /** Returns when the groups that closed before have been answered (rule C13). */
    void flush() throws InterruptedException {
        reports.pending.flush();
    }

    void discardPartials() {
        reports.discardPartials();
    }

    // Domains

    /** See {@link io.pgfault.api.driver.IoPageFaults#attach}. */
    public void attach(int pasid, IopfDomain domain) {
        reports.attachments.attach(pasid, domain);
    }

    /** See {@link io.pgfault.api.driver.IoPageFaults#replace}. */
    public boolean replace(int pasid, IopfDomain expected, IopfDomain domain) {
        return reports.attachments.replace(pasid, expected, domain);
    }

    /** Whether a domain is attached with {@code pasid}. */
    public boolean has(int pasid, Domain domain) {
        return reports.attachments.attached(pasid) == domain;
    }

    /** See {@link io.pgfault.api.driver.IoPageFaults#detach(Device, int)}. */
    public void detach(int pasid) {
        reports.attachments.detach(pasid);
    }

    /** Detaches this attachment; nothing happens if it has been detached or replaced. */
    public void detach(Attachment attachment) {
        reports.attachments.detach(attachment);
    }

    // Queue

    void join(QueueSide queue) {
        reports.join(queue, name);
    }

    void leave(QueueSide queue) {
        reports.leave(queue);
        synchronized (queue.membership()) {
            if (!isIn(queue)) {
                queue.remove(this);
            }
        }
    }

    boolean isIn(QueueSide queue) {
        return reports.queue() == queue;
    }

    /** Takes the device out of its queue, detaches its domains, and forgets its partials; later reports fail. */
    public void release() {
        leaveQueue();
        reports.attachments.release();
        leaveQueue();
        reports.release();
    }

    private void leaveQueue() {
        QueueSide queue = reports.queue();
        if (queue != null) {
            leave(queue);
        }
    }

    // What an operator sees

    /** The device as it is now. */
    public WatchedDevice watched() {
        return sight.device();
    }

    /** The domains on which the device's domains are nested. */
    public List<Domain> secondStages() {
        return sight.secondStages();
    }

    /** The groups whose response is not at the driver, in the order in which they closed. */
    public List<PendingGroup> pending(long now) {
        return sight.pending(now);
    }

    /**
     * How the device's groups were answered, without the answerers of none.
     *
     * @param answerers the names by place
     */
    public List<AnsweredGroups> answered(List<String> answerers) {
        List<AnsweredGroups> rows = new ArrayList<>();
        for (int place = 0; place < answerers.size(); place++) {
            long success = answers.get(place, ResponseCode.SUCCESS);
            long invalid = answers.get(place, ResponseCode.INVALID);
            long failure = answers.get(place, ResponseCode.FAILURE);
            if (success + invalid + failure > 0) {
                rows.add(new AnsweredGroups(unit, name, answerers.get(place), success, invalid, failure));
            }
        }
        return rows;
    }

    // Device

    /** The driver that sends the device's responses. */
    public IommuDriver driver() {
        return driver;
    }

    BackoffLock lock() {
        return reports;
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
