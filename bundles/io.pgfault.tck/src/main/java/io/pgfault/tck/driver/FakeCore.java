// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.tck.core.StrictFaults;

/** The kit's fake core: {@link StrictFaults}, which checks every call of the driver. */
final class FakeCore implements Core {
    private final StrictFaults faults = StrictFaults.builder().build();

    @Override
    public IoPageFaults faults() {
        return faults;
    }

    @Override
    public void serve(String kind, FaultHandler handler) {
        faults.serve(kind, handler);
    }

    @Override
    public void unitGoes(String unit) {
        faults.unitGoes(unit);
    }

    @Override
    public void verify() {
        faults.verify();
    }

    @Override
    public void close() {
        faults.close();
    }
}
