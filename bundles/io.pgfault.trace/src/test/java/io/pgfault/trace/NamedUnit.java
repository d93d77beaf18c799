// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace;

import io.pgfault.api.bus.Downstream;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.FaultQueue;
import java.util.Optional;

/** A unit that has a name and a kind, and nothing else. */
public record NamedUnit(String name, String kind) implements Unit {
    @Override
    public Upstream connect(String device, int id, Downstream downstream) {
        throw new UnsupportedOperationException("a name takes no device");
    }

    @Override
    public FaultQueue queue() {
        throw new UnsupportedOperationException("a name has no queue");
    }

    @Override
    public Optional<RecordRing> ring(String format) {
        return Optional.empty();
    }

    @Override
    public AutoCloseable tap(ResponseTap tap) {
        throw new UnsupportedOperationException("a name has no responses");
    }

    @Override
    public void drain() {}
}
