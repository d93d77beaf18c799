// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.vtd.internal.hardware.Function;
import io.pgfault.vtd.internal.hardware.RemappingHardware;
import io.pgfault.vtd.internal.hardware.TranslationTables;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A connected device: its way to the unit, and what the unit keeps for it. Any thread. */
final class Connection implements Upstream {
    private final RemappingHardware hardware;
    private final Function function;
    private final TranslationTables tables = new TranslationTables();
    private final Consumer<Connection> remover;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean off;
    private volatile Device device;

    /** @param remover removes the connection from the unit, given the first time it is closed */
    Connection(RemappingHardware hardware, Function function, Consumer<Connection> remover) {
        this.hardware = hardware;
        this.function = function;
        this.remover = remover;
    }

    Function function() {
        return function;
    }

    /** Set once, before anybody but the unit has the connection. */
    void device(Device device) {
        this.device = device;
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
            hardware.pageRequest(function.requesterId(), pasid, prgIndex, permissions, address, last);
        }
    }

    @Override
    public long transact(int transaction, int pasid, int permissions, long address) {
        return off ? Translation.NONE : hardware.transact(tables, pasid, permissions, address);
    }

    /** The device is heard no more; it still gets its responses. */
    void turnOff() {
        off = true;
    }

    /** Whether the caller is the one who removes the connection. */
    boolean claimRemoval() {
        return closed.compareAndSet(false, true);
    }

    /** From now on accesses with {@code pasid} are translated with the domain's page table. */
    void attach(int pasid, Domain domain) {
        tables.attach(pasid, domain.pageTable(), domain.nested());
        invalidateAll(pasid);
    }

    /** From when this returns, nothing that was cached for {@code pasid} is in use. */
    void detach(int pasid) {
        tables.detach(pasid);
        invalidateAll(pasid);
    }

    /** Returns when the device uses no cached translation of the range. */
    void invalidate(int pasid, long first, long last) {
        hardware.invalidate(function.requesterId(), pasid, first, last);
        if (pasid == Pasid.NONE) {
            // The page table without PASID may have served PASIDs that have none of their own.
            for (int other : tables.translatedThroughOwner()) {
                hardware.invalidate(function.requesterId(), other, first, last);
            }
        }
    }

    private void invalidateAll(int pasid) {
        // Both halves of the address space: neither range wraps, signed or unsigned.
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
