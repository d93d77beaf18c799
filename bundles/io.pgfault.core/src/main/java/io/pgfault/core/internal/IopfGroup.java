// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * A closed group, from its last request to its one response.
 *
 * <p>The {@code answerer} decides the one response (rule C09): nobody while the group is pending, then the thread that
 * puts itself there first, which alone calls the driver, then DELIVERED. A group leaves the device's pending groups only
 * when delivered, so whoever must not return before the response is out (removing, detaching, flushing) finds it there.
 *
 * <p>The {@code taker} says which handler owes the response. It is set before the handler is asked and taken back by one
 * of: the handler declined, or it left and its grace time is over. Whoever takes it back, and nobody else, offers the
 * group to the next handler; what the former taker does from then on is a late answer.
 *
 * <p>The last request lies in the group itself, those before it in a pooled block. Readers that race with the answer look
 * at the answerer after reading.
 *
 * <p>This is the one object that a group costs, so it is kept to 96 bytes: what can be reached through another field is
 * not kept, and bits are kept as narrow as they are.
 */
final class IopfGroup extends Work implements FaultGroup {
    /** In the answerer's place when its response is out. */
    private static final Object DELIVERED = new Object();

    private static final VarHandle ANSWERER;
    private static final VarHandle TAKER;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            ANSWERER = lookup.findVarHandle(IopfGroup.class, "answerer", Object.class);
            TAKER = lookup.findVarHandle(IopfGroup.class, "taker", BoundHandler.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final DeviceWork queued;
    private final Attachment attachment;
    private final int id;
    private final int pasid;
    private final byte flags;
    private final short permissions;
    private final long address;
    private final long private0;
    private final long private1;
    private final int size;
    private final long closedAt;
    private final RequestBlock block;
    private volatile BoundHandler taker;
    /** Null, the thread that answers, or DELIVERED. */
    private volatile Object answerer;

    /** The last handler that declined; written by whoever has taken the group back. */
    private volatile BoundHandler declinedBy;
    /** Recalled from a handler that left; it then waits for another one even if one declined it. */
    private volatile boolean recalled;
    /** Its number among the device's pending groups, {@link PendingGroups}. */
    private int number;

    IopfGroup(
            DeviceWork queued,
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
            long closedAt) {
        this.queued = queued;
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
    }

    Attachment attachment() {
        return attachment;
    }

    FaultParam param() {
        return queued.param;
    }

    /** The queue that the device was in when the group closed. */
    DeviceWork place() {
        return queued;
    }

    HandlerChain handlers() {
        return attachment.handlers();
    }

    long closedAt() {
        return closedAt;
    }

    // The one response

    @Override
    public boolean respond(ResponseCode code) {
        Objects.requireNonNull(code, "a response needs a code");
        if (answer(code)) {
            return true;
        }
        param().counters().increment(Counter.REFUSED);
        return false;
    }

    /** Answers the group unless it has been; unlike {@link #respond} the core's own answers are never refused ones. */
    boolean answer(ResponseCode code) {
        return answer(code, null);
    }

    /** Answers the group unless it has been, and then counts {@code why} too before the response is out. */
    boolean answer(ResponseCode code, Counter why) {
        if (!ANSWERER.compareAndSet(this, (Object) null, (Object) Thread.currentThread())) {
            return false;
        }
        if (taker == BoundHandler.AWAITED) {
            handlers().unpark(this);
        }
        FaultParam param = queued.param;
        queued.queue.recordLatency(closedAt);
        if (why != null) {
            param.counters().increment(why);
        }
        param.deliver(id, flags, pasid, private0, private1, code);
        param.delivered(this);
        return true;
    }

    @Override
    public boolean answered() {
        return answerer != null;
    }

    boolean delivered() {
        return answerer == DELIVERED;
    }

    /** Whether the current thread is within the driver's response for this group. */
    boolean answeredByCurrentThread() {
        return answerer == Thread.currentThread();
    }

    /** The response is out. Returns the storage of the requests. */
    RequestBlock finish() {
        ANSWERER.setVolatile(this, DELIVERED);
        return block;
    }

    int number() {
        return number;
    }

    void number(int number) {
        this.number = number;
    }

    // The taker

    /** The handler will be asked. */
    void offerTo(BoundHandler handler) {
        taker = handler;
    }

    /** No handler is there; the group waits for one. */
    void parked() {
        taker = BoundHandler.AWAITED;
    }

    /** The handler that is being asked or has taken the group. */
    BoundHandler taker() {
        return taker;
    }

    /** True for the one caller who may offer the group to another handler. */
    boolean takeBack(BoundHandler from) {
        return from != null && TAKER.compareAndSet(this, from, (BoundHandler) null);
    }

    void declinedBy(BoundHandler handler) {
        declinedBy = handler;
    }

    BoundHandler declinedBy() {
        return declinedBy;
    }

    void recalled() {
        recalled = true;
        param().counters().increment(Counter.RECALLED);
    }

    /** Whether the group waits for a handler to come rather than being answered INVALID. */
    boolean mayWait() {
        return recalled || declinedBy == null;
    }

    // Work

    /** Has the workers offer this group; answers it INVALID if they have no room. */
    boolean enqueue() {
        return enqueue(this);
    }

    @Override
    public void execute(Runnable work) {
        Objects.requireNonNull(work, "nothing to execute");
        enqueue(new HandlerWork(this, taker, work));
    }

    private boolean enqueue(Work work) {
        if (param().enqueue(queued, work)) {
            return true;
        }
        if (answer(ResponseCode.INVALID, Counter.LIMITED)) {
            param().warn("the workers have no room, raise the work depth; answered INVALID", this, null);
        }
        return false;
    }

    /** Asks the handlers of the domain. */
    @Override
    void run() {
        Offer.onWorker(this);
    }

    // What a handler sees

    @Override
    public Device device() {
        return param();
    }

    @Override
    public Domain domain() {
        return attachment.domain();
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
        if (answerer != null) {
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
                + (size == 1 ? " request" : " requests") + " from device " + param().name() + " of " + param().unit()
                + " in " + attachment.domain();
    }
}
