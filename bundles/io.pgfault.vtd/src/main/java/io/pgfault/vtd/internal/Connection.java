// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.vtd.internal.hardware.AttachedDevice;
import io.pgfault.vtd.internal.hardware.Hardware;
import io.pgfault.vtd.internal.hardware.TranslationTables;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A connected device: its way to the unit, and what the unit keeps for the device. Any thread. */
final class Connection implements Upstream {
    private final Hardware hardware;
    private final AttachedDevice attached;
    private final TranslationTables tables = new TranslationTables();
    private final Consumer<Connection> remover;
    /** Set by the thread that removes the connection. */
    private final AtomicBoolean closed = new AtomicBoolean();
    /**
     * Whether the unit takes nothing more from the device. The removing thread sets it; the device's threads read it.
     */
    private volatile boolean off;
    /** Set once by the connecting thread, before any other thread has the connection. */
    private volatile Device device;

    /**
     * @param remover removes the connection from the unit; called once, by the thread that closes the connection first
     */
    Connection(Hardware hardware, AttachedDevice attached, Consumer<Connection> remover) {
        this.hardware = hardware;
        this.attached = attached;
        this.remover = remover;
    }

    AttachedDevice attached() {
        return attached;
    }

    /** Called once by the connecting thread. */
    void device(Device probed) {
        this.device = probed;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public long translate(int pasid, long address) {
        return off ? Translation.NONE : hardware.translate(tables, pasid, address);
    }

    @Override
    public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
        if (!off) {
            hardware.pageRequest(attached.requesterId(), pasid, prgIndex, permissions, address, last);
        }
    }

    @Override
    public long transact(int transaction, int pasid, int permissions, long address) {
        return off ? Translation.NONE : hardware.transact(tables, pasid, permissions, address);
    }

    /**
     * Stops accepting transactions and page requests from this device. Pending page group responses are still
     * delivered.
     */
    void turnOff() {
        off = true;
    }

    /** Whether the calling thread is to remove the connection: true for the first call. */
    boolean claimRemoval() {
        return closed.compareAndSet(false, true);
    }

    /**
     * Has the domain's page table translate accesses with {@code pasid}. When the call returns, the device uses nothing
     * that it cached from the table before.
     */
    void attach(int pasid, Domain domain) {
        tables.attach(pasid, domain.pageTable(), domain.nested());
        invalidateAll(pasid);
    }

    /** Has accesses with {@code pasid} translate to nothing; the device uses nothing that it cached for them. */
    void detach(int pasid) {
        tables.detach(pasid);
        invalidateAll(pasid);
    }

    /** Returns when the device uses no cached translation of the range (byte addresses, inclusive; rule S06). */
    void invalidate(int pasid, long first, long last) {
        hardware.invalidate(attached.requesterId(), pasid, first, last);
        if (pasid == Pasid.NONE) {
            // The page table without PASID may have served PASIDs that have no page table of their own.
            tables.forEachThroughOwner(other -> hardware.invalidate(attached.requesterId(), other, first, last));
        }
    }

    private void invalidateAll(int pasid) {
        // Two halves of the address space: neither range wraps, signed or unsigned.
        invalidate(pasid, 0, Long.MAX_VALUE);
        invalidate(pasid, Long.MIN_VALUE, -1);
    }

    @Override
    public void close() {
        if (claimRemoval()) {
            remover.accept(this);
        }
    }
}
