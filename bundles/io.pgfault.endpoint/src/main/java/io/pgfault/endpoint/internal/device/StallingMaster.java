// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.endpoint.internal.device.Outstanding.Answer;
import io.pgfault.endpoint.internal.device.Outstanding.Delivery;

/**
 * A platform device behind an SMMUv3 that stalls faulting transactions (IHI 0070 F.b §3.12.2).
 *
 * <p>An accessing thread sends an untranslated transaction. The unit translates, aborts or stalls the transaction. The
 * thread waits for the resume of a stalled transaction; after a resume with retry the thread sends the transaction
 * again under a new number, and after a resume with abort the access ends. The resume may come before {@code transact}
 * returns STALLED. The device has no TLB. While the thread uses a translation, the thread has a slot in
 * {@link AccessEpochs}, so that an invalidation waits for the use.
 */
public final class StallingMaster implements DeviceModel {
    private static final int ANY = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    private final String name;
    private final AccessEpochs epochs = new AccessEpochs();
    private final Outstanding transactions;
    private final UnexpectedAnswers unexpected;
    private final Upstream upstream;

    /**
     * Connects a master; resumes may come before this returns.
     *
     * @param id the StreamID
     * @param outstanding the bound of unfinished transactions, 1 to {@link #REQUEST_NUMBERS}; further accesses wait for
     *     room
     * @throws IllegalStateException if another device has the id, or the unit is stopping
     * @throws IllegalArgumentException if a number is out of range or the id doesn't fit the unit
     */
    public StallingMaster(Unit unit, String name, int id, int outstanding) {
        this.name = name;
        this.transactions = new Outstanding(REQUEST_NUMBERS, outstanding);
        this.unexpected = new UnexpectedAnswers(name);
        // The unit may call this device before connect returns, so that every other field is set above.
        this.upstream = UnitConnection.open(unit, name, id, this);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Upstream upstream() {
        return upstream;
    }

    /** The count of resumes of transactions that were not stalled; 0 unless the host errs. */
    public long unexpectedResumes() {
        return unexpected.count();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if {@code permissions} has none of READ, WRITE and EXEC
     */
    @Override
    public Access access(int pasid, long address, int permissions) throws InterruptedException {
        return access(pasid, address, permissions, PageUse.NOTHING);
    }

    @Override
    public Access access(int pasid, long address, int permissions, PageUse use) throws InterruptedException {
        check(pasid, permissions);
        int stalls = 0;
        while (true) {
            int transaction = transactions.open(Pasid.NONE);
            if (transaction == Outstanding.CLOSED) {
                return new Access(Outcome.DISCONNECTED, stalls);
            }
            long asked = epochs.current();
            long translation = transact(transaction, pasid, permissions, address);
            if (translation == Upstream.STALLED) {
                stalls++;
                Answer answer = transactions.await(transaction);
                if (answer != Answer.SUCCESS) {
                    return new Access(answer == Answer.DISCONNECTED ? Outcome.DISCONNECTED : Outcome.INVALID, stalls);
                }
                continue;
            }
            if (!transactions.withdraw(transaction)) {
                unexpected.add("resume", transaction);
            }
            if (!Translation.grants(translation, permissions)) {
                return new Access(transactions.isClosed() ? Outcome.DISCONNECTED : Outcome.INVALID, stalls);
            }
            if (use(translation, asked, use)) {
                return stalls == 0 ? Access.HIT : new Access(Outcome.DONE, stalls);
            }
        }
    }

    /** Returns false: the device learns a translation only by a transaction, which may stall. */
    @Override
    public boolean isThere(int pasid, long address, int permissions) {
        return false;
    }

    private long transact(int transaction, int pasid, int permissions, long address) {
        boolean returned = false;
        try {
            long translation = upstream.transact(transaction, pasid, permissions, address);
            returned = true;
            return translation;
        } finally {
            if (!returned) {
                transactions.withdraw(transaction);
            }
        }
    }

    /** Uses a translation that the thread requested in epoch {@code asked}; false if the translation may be stale. */
    private boolean use(long translation, long asked, PageUse use) {
        int slot = epochs.enter(asked);
        try {
            if (epochs.current() != asked) {
                return false;
            }
            use.use(translation);
            return true;
        } finally {
            epochs.leave(slot);
        }
    }

    private void check(int pasid, int permissions) {
        if ((permissions & ANY) == 0) {
            throw new IllegalArgumentException("an access of device " + name
                    + " reads, writes or executes, got permissions " + Permissions.toString(permissions));
        }
        if (pasid != Pasid.NONE && !Pasid.isValid(pasid)) {
            throw new IllegalArgumentException("no PASID of device " + name + ": " + pasid);
        }
    }

    @Override
    public void resume(int transaction, boolean retry) {
        Answer answer = retry ? Answer.SUCCESS : Answer.INVALID;
        if (transactions.answer(transaction, Pasid.NONE, answer) == Delivery.UNEXPECTED) {
            unexpected.add("resume", transaction);
        }
    }

    /** Counts the response as unexpected: a stalling master sends no page requests. */
    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {
        unexpected.add("PRG response", prgIndex);
    }

    @Override
    public void invalidate(int pasid, long first, long last) {
        epochs.awaitBefore(nextEpoch());
    }

    @Override
    public void disconnected() {
        transactions.close();
        epochs.awaitBefore(nextEpoch());
    }

    /** Begins an epoch. The device has no TLB to drop from; the new epoch marks earlier translations as stale. */
    private long nextEpoch() {
        synchronized (epochs) {
            return epochs.advance();
        }
    }
}
