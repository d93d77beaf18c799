// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import io.pgfault.api.Pasid;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.Upstream;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.userfault.spec.FaultRecord;
import io.pgfault.userfault.spec.ResponseRecord;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A device of the host as the guest's unit sees the device. The thread that reads the host's queue raises each group:
 * as page requests of one page request group, or as a transaction that stalls. The unit's threads answer, and each
 * answer becomes the one response record of its group (rule N05). A group that the unit answers by itself, because its
 * queue overflows for example, is answered like every other.
 *
 * <p>While the host has a {@link ShadowStage}, a group whose pages the unit translates already is answered at once, and
 * an answer SUCCESS of the unit fills the pages in before it goes to the host.
 */
public final class AssignedFunction implements Downstream {
    private static final System.Logger LOG = System.getLogger(AssignedFunction.class.getName());

    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final String name;
    private final boolean stalls;
    private final HostQueue host;
    private final RaisedGroups groups = new RaisedGroups();
    private final AtomicLong unexpected = new AtomicLong();
    private final AtomicLong raised = new AtomicLong();
    /** Set by the connecting thread before the host knows a first stage, and so before the first group. */
    private volatile Upstream upstream;
    /** What the host gets where the unit names no first stage. Set as {@code upstream}. */
    private volatile Optional<ShadowStage> shadow = Optional.empty();
    /** Tells the host what the guest invalidates. Set as {@code upstream}. */
    private volatile FirstStages firstStages;
    /** The index of the group whose requests arrive now, -1 for none. Only the reading thread reads and writes it. */
    private int arriving = -1;
    /** Whether the host had the shadow when the group began. Only the reading thread reads and writes it. */
    private boolean shadowed;

    /**
     * A function that is not connected.
     *
     * @param stalls whether groups are raised as stalled transactions, else as page requests
     */
    public AssignedFunction(String name, boolean stalls, HostQueue host) {
        this.name = name;
        this.stalls = stalls;
        this.host = host;
    }

    /** Connects the function: called once, before the first group. */
    public void connected(Upstream unit, FirstStages stages) {
        connected(unit, stages, Optional.empty());
    }

    /** As above, with the first stage that the host gets where the unit names none. */
    public void connected(Upstream unit, FirstStages stages, Optional<ShadowStage> instead) {
        instead.ifPresent(table -> table.connected(unit));
        this.shadow = instead;
        this.upstream = unit;
        this.firstStages = stages;
    }

    /** How many groups were raised so far. Any thread. */
    public long raised() {
        return raised.get();
    }

    /** How many answers came for groups that were not outstanding; 0 unless the guest's unit errs. */
    public long unexpected() {
        return unexpected.get();
    }

    /** Raises one record of the host's queue, on the reading thread. */
    void fault(ByteBuffer records, int at) throws InterruptedException {
        int flags = FaultRecord.flags(records, at);
        boolean last = (flags & FaultRecord.LAST_PAGE) != 0;
        int pasid = (flags & FaultRecord.PASID_VALID) == 0 ? Pasid.NONE : FaultRecord.pasid(records, at);
        int permissions = FaultRecord.perm(records, at);
        long address = FaultRecord.addr(records, at);
        if (arriving < 0) {
            arriving = groups.open(FaultRecord.cookie(records, at));
            shadowed = shadow.isPresent() && shadow.get().isActive();
        }
        if (arriving < 0) {
            return; // the function is going, and the host answers what the guest leaves
        }
        int index = arriving;
        if (last) {
            arriving = -1;
            raised.incrementAndGet();
        }
        if (shadowed) {
            shadow.get().collect(pasid, permissions, address);
            if (last && shadow.get().isFilledOrRaised(index)) {
                answer(index, ResponseRecord.SUCCESS);
            }
        } else if (!stalls) {
            upstream.pageRequest(pasid, index, permissions, address, last);
        } else if (last) {
            transact(index, pasid, permissions, address);
        }
    }

    /** A group of several requests stalls once, at its last request; the device meets the others when it retries. */
    private void transact(int index, int pasid, int permissions, long address) {
        long result = upstream.transact(index, pasid, permissions, address);
        if (result != Upstream.STALLED) {
            answer(index, Translation.grants(result, permissions) ? ResponseRecord.SUCCESS : ResponseRecord.INVALID);
        }
    }

    private void answer(int index, int code) {
        long cookie = groups.take(index);
        if (cookie == RaisedGroups.NONE) {
            unexpected.incrementAndGet();
            log.warning(() ->
                    "device " + name + ": the guest's unit answered group " + index + ", which is not outstanding");
            return;
        }
        host.respond((int) cookie, code);
    }

    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        boolean success = code == SUCCESS;
        if (shadow.isPresent()) {
            if (success) {
                success = shadow.get().resolve(prgIndex);
            } else {
                shadow.get().drop(prgIndex);
            }
        }
        answer(prgIndex, success ? ResponseRecord.SUCCESS : ResponseRecord.INVALID);
    }

    @Override
    public void resume(int transaction, boolean retry) {
        answer(transaction, retry ? ResponseRecord.SUCCESS : ResponseRecord.INVALID);
    }

    @Override
    public void invalidate(int pasid, long first, long last) {
        FirstStages stages = firstStages;
        if (stages != null) {
            stages.invalidate(pasid, first, last);
        }
    }

    @Override
    public void tablesChanged(int pasid) {
        FirstStages stages = firstStages;
        if (stages != null) {
            stages.tablesChanged(pasid);
        }
    }

    /** The unit has gone: the groups that the unit left are INVALID, and the host detaches the shadow. */
    @Override
    public void disconnected() {
        groups.close();
        for (int index = 0; index < RaisedGroups.INDEXES; index++) {
            long cookie = groups.take(index);
            if (cookie != RaisedGroups.NONE) {
                host.respond((int) cookie, ResponseRecord.INVALID);
            }
        }
        FirstStages stages = firstStages;
        if (stages != null && shadow.isPresent()) {
            stages.detach();
        }
    }
}
