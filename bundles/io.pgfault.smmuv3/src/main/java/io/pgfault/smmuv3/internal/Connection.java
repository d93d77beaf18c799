// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import io.pgfault.api.Device;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.hardware.AttachedDevice;
import io.pgfault.smmuv3.internal.hardware.Hardware;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A device's connection to the unit. Any thread. */
final class Connection implements Upstream {
    private final Hardware hardware;
    private final AttachedDevice attached;
    private final Consumer<Connection> remover;
    /** Set by the thread that closes the connection first. */
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param remover removes the connection from the unit; called once, by the thread that closes first */
    Connection(Hardware hardware, AttachedDevice attached, Consumer<Connection> remover) {
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

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            remover.accept(this);
        }
    }
}
