// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import io.pgfault.api.bus.Downstream;

/**
 * Stands at the bus for a device whose faults were recorded. The device takes the answers and does nothing with them,
 * because its next steps are in the recording already. It caches no translation, so an invalidation has nothing to do.
 */
public final class RecordedDevice implements Downstream {
    @Override
    public void pageGroupResponse(int pasid, int prgIndex, int code) {}

    @Override
    public void resume(int transaction, boolean retry) {}

    @Override
    public void invalidate(int pasid, long first, long last) {}

    @Override
    public void disconnected() {}
}
