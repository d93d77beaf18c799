// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.vtd.internal.driver.table.DeviceTables;
import io.pgfault.vtd.internal.hardware.AttachedDevice;
import io.pgfault.vtd.internal.hardware.Hardware;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A connected device: its way to the unit, and what the unit keeps for the device. Any thread. */
final class Connection implements Upstream {
    private final Hardware hardware;
    private final AttachedDevice attached;
    private final DeviceTables tables;
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
    Connection(Hardware hardware, AttachedDevice attached, DeviceTables tables, Consumer<Connection> remover) {
        this.tables = tables;
        this.hardware = hardware;
        this.attached = attached;
        this.remover = remover;
    }

    AttachedDevice attached() {
        return attached;
    }

    /** What is attached to the device. */
    DeviceTables tables() {
        return tables;
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
        return off ? Translation.NONE : hardware.translate(attached, pasid, address);
    }

    @Override
    public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
        if (!off) {
            hardware.pageRequest(attached.requesterId(), pasid, prgIndex, permissions, address, last);
        }
    }

    @Override
    public long transact(int transaction, int pasid, int permissions, long address) {
        return off ? Translation.NONE : hardware.transact(attached, pasid, permissions, address);
    }

    @Override
    public Optional<FirstStage> firstStage(int pasid) {
        return off ? Optional.empty() : hardware.firstStage(attached, pasid);
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

    @Override
    public void close() {
        if (claimRemoval()) {
            remover.accept(this);
        }
    }
}
