// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.group;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.core.internal.count.Answerers;
import io.pgfault.core.internal.domain.Attachment;
import io.pgfault.core.internal.event.RecallEvent;
import io.pgfault.core.internal.handler.BoundHandler;
import io.pgfault.core.internal.handler.HandlerChain;
import io.pgfault.core.internal.handler.OfferedGroup;
import io.pgfault.core.internal.handler.Offering;
import io.pgfault.core.internal.work.Work;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * A closed group, from its last request to its one response. {@link Ownership} says in whose hands it is.
 *
 * <p>The group object is also what the first handler sees of the group. A later handler sees a {@link LaterOffer}: the
 * first view costs nothing, and after a recall the former handler has another view than the present one (rule R08).
 *
 * <p>The last request lies in the group itself, the requests before it in a pooled block. A reader that races with the
 * answer looks at the owner after reading.
 *
 * <p>A group costs one object, this one, of 96 bytes: no field repeats what another field leads to, and bits are kept
 * as narrow as they are.
 */
public final class IopfGroup implements FaultGroup, OfferedGroup, Work {
    private static final VarHandle OWNER;

    static {
        try {
            OWNER = MethodHandles.lookup()
                    .findVarHandle(IopfGroup.class, "owner", Object.class)
                    .withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final GroupDevice device;
    private final Attachment attachment;
    private final RequestBlock block;
    private final int id;
    private final int pasid;
    private final int size;
    private final byte flags;
    private final short permissions;
    private final boolean measured;
    private final long address;
    private final long private0;
    private final long private1;
    private final long closedAt;
    /**
     * See {@link Ownership}. Any thread, by compare-and-set through {@code OWNER}. The constructor's store is a plain
     * one: {@link PendingGroups} and the work list publish the group afterwards.
     */
    @SuppressWarnings("UnusedVariable") // Read by OWNER.
    private Object owner;
    /**
     * While the group is with its first handler: that handler. Afterwards the last handler that declined, if {@code
     * declined} is set. Written by the thread that offers the group, before it changes the owner.
     */
    private BoundHandler handler;
    /**
     * Whether the first view was taken back. Written by the thread that took it, read by the first handler's threads.
     */
    private volatile boolean lost;
    /**
     * Whether a handler has declined. Written by the thread that offers the group, read by the thread that offers next.
     */
    private boolean declined;
    /**
     * Whether the group was recalled: it then waits for a handler even if one declined. Written before it is enqueued.
     */
    private boolean recalled;
    /** Where {@link PendingGroups} has put the group. Written before the group is seen by other threads. */
    private byte ring;

    /** As {@code ring}: the groups of a device closed in the order of their numbers. */
    private long number;

    private IopfGroup(
            Object owner,
            BoundHandler handler,
            GroupDevice device,
            Attachment attachment,
            int id,
            int pasid,
            int flags,
            int permissions,
            long address,
            long private0,
            long private1,
            RequestBlock block,
            int size,
            long closedAt,
            boolean measured) {
        this.owner = owner == null ? this : owner;
        this.handler = handler;
        this.device = device;
        this.attachment = attachment;
        this.id = id;
        this.pasid = pasid;
        this.flags = (byte) flags;
        this.permissions = (short) permissions;
        this.address = address;
        this.private0 = private0;
        this.private1 = private1;
        this.block = block;
        this.size = size;
        this.closedAt = closedAt;
        this.measured = measured;
    }

    /**
     * A group that is about to be handed on.
     *
     * @param first the handler that has the group at once; {@code null} if it waits for a worker or a handler
     */
    public static IopfGroup closed(
            BoundHandler first,
            GroupDevice device,
            Attachment attachment,
            int id,
            int pasid,
            int flags,
            int permissions,
            long address,
            long private0,
            long private1,
            RequestBlock block,
            int size,
            long closedAt,
            boolean measured) {
        return new IopfGroup(
                first == null ? Ownership.WAITING : null,
                first,
                device,
                attachment,
                id,
                pasid,
                flags,
                permissions,
                address,
                private0,
                private1,
                block,
                size,
                closedAt,
                measured);
    }

    /**
     * A group that the calling thread answers at once, because of a report or a reject; the thread owes {@link #send}.
     *
     * @param attachment what the group closed under, {@code null} if nothing is attached
     */
    public static IopfGroup answeredAtOnce(
            GroupDevice device,
            Attachment attachment,
            int id,
            int pasid,
            int flags,
            long private0,
            long private1,
            long closedAt,
            boolean measured) {
        return new IopfGroup(
                Thread.currentThread(),
                null,
                device,
                attachment,
                id,
                pasid,
                flags,
                0,
                0,
                private0,
                private1,
                null,
                1,
                closedAt,
                measured);
    }

    // What the device's side sees

    /** The device, in the queue that it was in when the group closed. */
    public GroupDevice place() {
        return device;
    }

    /** The attachment that the device had when the group closed. */
    public Attachment attachment() {
        return attachment;
    }

    @Override
    public HandlerChain handlers() {
        return attachment.handlers();
    }

    /** When the group closed, on the core's clock. */
    public long closedAt() {
        return closedAt;
    }

    /** Whether the time to the response goes into the histogram. */
    public boolean measured() {
        return measured;
    }

    /** The PASID that the response carries, {@code Pasid.NONE} for none (rule C10). */
    public int responsePasid() {
        return (flags & PageRequest.RESPONSE_NEEDS_PASID) != 0 ? pasid : Pasid.NONE;
    }

    /** Private data of the last request, low word. */
    public long private0() {
        return private0;
    }

    /** Private data of the last request, high word. */
    public long private1() {
        return private1;
    }

    /** The storage of the requests before the last; {@code null} if there are none. */
    public RequestBlock block() {
        return block;
    }

    int ring() {
        return ring;
    }

    long number() {
        return number;
    }

    void place(int inRing, long withNumber) {
        ring = (byte) inRing;
        number = withNumber;
    }

    private Object owner() {
        return (Object) OWNER.getVolatile(this);
    }

    // The one response

    /** Answers for the handler that has this view; a late answer is refused and counted (rules C09, R08). */
    boolean respond(FaultGroup view, ResponseCode code) {
        Objects.requireNonNull(code, "a response needs a code");
        if (answerFor(view, code)) {
            return true;
        }
        device.count(Counter.REFUSED);
        return false;
    }

    @Override
    public boolean answerFor(FaultGroup view, ResponseCode code) {
        if (!OWNER.compareAndSet(this, (Object) view, (Object) Thread.currentThread())) {
            return false;
        }
        device.send(this, code, null, holder(view).answerer());
        return true;
    }

    @Override
    public boolean answer(ResponseCode code, Counter why) {
        Object now;
        do {
            now = owner();
            if (Ownership.isAnswered(now)) {
                return false;
            }
        } while (!OWNER.compareAndSet(this, now, (Object) Thread.currentThread()));
        if (now == Ownership.PARKED) {
            handlers().leave(this);
        }
        send(code, why);
        return true;
    }

    /** Has the device send a response of the core. The thread that answers calls this method, once. */
    public void send(ResponseCode code, Counter why) {
        device.send(this, code, why, Answerers.CORE);
    }

    @Override
    public boolean isAnswered() {
        return Ownership.isAnswered(owner());
    }

    /** Whether the handler that has this view can't answer any more. */
    boolean isOver(FaultGroup view) {
        Object now = owner();
        return Ownership.isAnswered(now) || (now != view && isLost(view));
    }

    /** Whether the response is at the driver. */
    public boolean delivered() {
        return owner() == Ownership.DELIVERED;
    }

    /** Whether the current thread is within the driver's response for this group. */
    public boolean answeredByCurrentThread() {
        return owner() == Thread.currentThread();
    }

    /** The response is at the driver. The thread that answered calls this method. */
    public void finish() {
        OWNER.setVolatile(this, (Object) Ownership.DELIVERED);
    }

    // The handlers

    @Override
    public FaultGroup offerTo(BoundHandler to) {
        FaultGroup view;
        if (handler == null && !lost) {
            handler = to;
            view = this;
        } else {
            view = new LaterOffer(this, to);
        }
        return OWNER.compareAndSet(this, (Object) Ownership.WAITING, (Object) view) ? view : null;
    }

    @Override
    public boolean takeBack(FaultGroup view) {
        if (!OWNER.compareAndSet(this, (Object) view, (Object) Ownership.WAITING)) {
            return false;
        }
        // This thread marks the view as lost before the group is offered again. So if a group is answered and a view
        // isn't lost, the handler of that view had the group when it was answered.
        if (view instanceof LaterOffer later) {
            later.lose();
        } else {
            lost = true;
        }
        return true;
    }

    private boolean isLost(FaultGroup view) {
        return view instanceof LaterOffer later ? later.isLost() : lost;
    }

    @Override
    public void declinedBy(BoundHandler by) {
        handler = by;
        declined = true;
    }

    @Override
    public BoundHandler declinedBy() {
        return declined ? handler : null;
    }

    @Override
    public boolean mayWait() {
        return recalled || !declined;
    }

    @Override
    public boolean park() {
        return OWNER.compareAndSet(this, (Object) Ownership.WAITING, (Object) Ownership.PARKED);
    }

    @Override
    public boolean unpark() {
        return OWNER.compareAndSet(this, (Object) Ownership.PARKED, (Object) Ownership.WAITING);
    }

    /** Takes the group back if a service that has left has it, and has the workers offer it again (rule R03). */
    public void recall(BoundHandler from) {
        Object now = owner();
        if (Ownership.isView(now) && from.sameService(holder(now)) && takeBack((FaultGroup) now)) {
            recalled = true;
            device.count(Counter.RECALLED);
            if (RecallEvent.isOn()) {
                RecallEvent.commit(device(), pasid, id, from.name());
            }
            enqueue();
        }
    }

    /**
     * The handler that has this view. For the first view the result is right only while the group is with that view.
     */
    private BoundHandler holder(Object view) {
        return view instanceof LaterOffer later ? later.handler() : handler;
    }

    /** Whether a service has the group. */
    public boolean isWith(BoundHandler service) {
        Object now = owner();
        return Ownership.isView(now) && service.sameService(holder(now));
    }

    /**
     * What an operator sees of the group. With the device's lock: a block that the group has handed back is filled
     * again under that lock only.
     */
    public PendingGroup watched(long now) {
        Object seen = owner();
        BoundHandler with = Ownership.isView(seen) ? holder(seen) : null;
        return new PendingGroup(
                device().unit(),
                device().name(),
                device().id(),
                pasid,
                id,
                attachment == null ? "" : attachment.domain().name(),
                size,
                size == 1 ? address : block.address(0),
                size == 1 ? permissions & 0xffff : block.permissions(0),
                closedAt == 0 ? 0 : Math.max(0, now - closedAt),
                Ownership.state(seen),
                with == null ? "" : with.name());
    }

    // Work

    @Override
    public boolean enqueue() {
        return enqueue(this);
    }

    /** Whether a handler that has this view may have work done: the group wasn't taken back from it (rule R08). */
    boolean mayAct(FaultGroup view) {
        Object now = owner();
        return now == view || (Ownership.isAnswered(now) && !isLost(view));
    }

    void execute(FaultGroup view, Runnable work) {
        Objects.requireNonNull(work, "nothing to execute");
        if (mayAct(view)) {
            enqueue(new HandlerWork(this, view, work));
        } else {
            device.count(Counter.REFUSED);
        }
    }

    private boolean enqueue(Work work) {
        if (device.enqueue(work)) {
            return true;
        }
        if (answer(ResponseCode.INVALID, Counter.LIMITED)) {
            warn("the workers have no room, raise the work depth; answered INVALID", null);
        }
        return false;
    }

    /** Asks the handlers of the domain. */
    @Override
    public void run() {
        Offering.onWorker(this);
    }

    @Override
    public void count(Counter counter) {
        device.count(counter);
    }

    @Override
    public void warn(String what, Throwable cause) {
        device.warn(what, this, cause);
    }

    // What the first handler sees

    @Override
    public boolean respond(ResponseCode code) {
        return respond(this, code);
    }

    @Override
    public boolean answered() {
        return isOver(this);
    }

    @Override
    public void execute(Runnable work) {
        execute(this, work);
    }

    @Override
    public Device device() {
        return device.device();
    }

    @Override
    public Domain domain() {
        return attachment.domain();
    }

    @Override
    public boolean secondStage() {
        return attachment.isSecondStage();
    }

    @Override
    public int pasid() {
        return pasid;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public long address(int i) {
        RequestBlock storage = storage(i);
        return checked(storage == null ? address : storage.address(i));
    }

    @Override
    public int permissions(int i) {
        RequestBlock storage = storage(i);
        return (int) checked(storage == null ? permissions & 0xffff : storage.permissions(i));
    }

    @Override
    public int flags(int i) {
        RequestBlock storage = storage(i);
        return (int) checked(storage == null ? flags & 0xff : storage.flags(i));
    }

    @Override
    public PageRequest request(int i) {
        RequestBlock storage = storage(i);
        PageRequest request = storage == null
                ? new PageRequest(
                        flags & 0xff,
                        pasid == Pasid.NONE ? 0 : pasid,
                        id,
                        permissions & 0xffff,
                        address,
                        private0,
                        private1)
                : storage.request(i, id);
        checked(0);
        return request;
    }

    /** The block that holds request {@code i}, {@code null} for the last one. */
    private RequestBlock storage(int i) {
        return Objects.checkIndex(i, size) == size - 1 ? null : block;
    }

    private long checked(long value) {
        VarHandle.loadLoadFence();
        if (Ownership.isAnswered(owner())) {
            throw gone();
        }
        return value;
    }

    private IllegalStateException gone() {
        return new IllegalStateException(this + " has been answered: its requests can't be read any more");
    }

    @Override
    public String toString() {
        return "group " + id + (pasid == Pasid.NONE ? "" : " pasid " + pasid) + " of " + size
                + (size == 1 ? " request" : " requests") + " from device "
                + device.device().name() + " of " + device.device().unit()
                + (attachment == null ? "" : " in " + attachment.domain());
    }
}
