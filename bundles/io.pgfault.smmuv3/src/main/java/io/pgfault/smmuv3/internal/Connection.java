// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal;

import io.pgfault.api.Device;
import io.pgfault.api.bus.Upstream;
import io.pgfault.smmuv3.internal.hardware.Smmu;
import io.pgfault.smmuv3.internal.hardware.Stream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A connected device's way to its unit. */
final class Connection implements Upstream {
    private final Smmu smmu;
    private final Stream stream;
    private final Device device;
    private final Consumer<Connection> removal;
    private final AtomicBoolean closed = new AtomicBoolean();

    Connection(Smmu smmu, Stream stream, Device device, Consumer<Connection> removal) {
        this.smmu = smmu;
        this.stream = stream;
        this.device = device;
        this.removal = removal;
    }

    Stream stream() {
        return stream;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public long translate(int pasid, long address) {
        return smmu.translate(stream, pasid, address);
    }

    @Override
    public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
        smmu.pageRequest(stream, pasid, prgIndex, permissions, address, last);
    }

    @Override
    public long transact(int transaction, int pasid, int permissions, long address) {
        return smmu.transact(stream, transaction, pasid, permissions, address);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            removal.accept(this);
        }
    }
}
