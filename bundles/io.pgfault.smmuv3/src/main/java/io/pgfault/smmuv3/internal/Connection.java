// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.smmuv3.internal.hardware.AttachedDevice;
import io.pgfault.smmuv3.internal.hardware.Hardware;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A device's connection to the unit. Any thread. */
final class Connection implements Upstream {
    private final Hardware hardware;
    private final AttachedDevice attached;
    private final Supplier<Optional<FirstStage>> stage;
    private final Consumer<Connection> remover;
    /** Set by the thread that closes the connection first. */
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * @param stage the stream's first stage, see {@link #firstStage}
     * @param remover removes the connection from the unit; called once, by the thread that closes first
     */
    Connection(
            Hardware hardware,
            AttachedDevice attached,
            Supplier<Optional<FirstStage>> stage,
            Consumer<Connection> remover) {
        this.stage = stage;
        this.hardware = hardware;
        this.attached = attached;
        this.remover = remover;
    }

    AttachedDevice attached() {
        return attached;
    }

    @Override
    public Device device() {
        return attached.device();
    }

    @Override
    public long translate(int pasid, long address) {
        return hardware.translate(attached, pasid, address);
    }

    @Override
    public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
        hardware.pageRequest(attached, pasid, prgIndex, permissions, address, last);
    }

    @Override
    public long transact(int transaction, int pasid, int permissions, long address) {
        return hardware.transact(attached, transaction, pasid, permissions, address);
    }

    /** The first stage is the whole stream's, the one without PASID. */
    @Override
    public Optional<FirstStage> firstStage(int pasid) {
        return pasid == Pasid.NONE ? stage.get() : Optional.empty();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            remover.accept(this);
        }
    }
}
