// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import java.util.List;
import java.util.Optional;

/** Binds any device with PASID {@link #ALLOCATED} or with the requested PASID, until a test sets {@code full}. */
public final class FakeSva implements Sva {
    public static final int ALLOCATED = 99;

    /** Run when a binding is closed. */
    public Runnable onUnbind = () -> {};

    public boolean full;

    /** Thrown by a binding, unless null. */
    public Error broken;

    @Override
    public AddressSpace create(String name, List<Area> areas) {
        return new Space(name);
    }

    @Override
    public Binding bind(Device device, AddressSpace space) {
        return bind(device, space, ALLOCATED);
    }

    @Override
    public Binding bind(Device device, AddressSpace space, int pasid) {
        if (broken != null) {
            throw broken;
        }
        if (full) {
            throw new IllegalStateException("no PASID is left");
        }
        return new Bound(device, space, pasid, () -> onUnbind.run());
    }

    private record Bound(Device device, AddressSpace space, int pasid, Runnable onUnbind) implements Binding {
        @Override
        public void close() {
            onUnbind.run();
        }
    }

    private record Space(String name) implements AddressSpace {
        @Override
        public List<Area> areas() {
            return List.of();
        }

        @Override
        public Optional<Area> find(long address) {
            return Optional.empty();
        }

        @Override
        public ResponseCode populate(long address, int permissions) {
            return ResponseCode.INVALID;
        }

        @Override
        public long walk(long address) {
            return Translation.of(address, Permissions.READ);
        }

        @Override
        public long populatedPages() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
