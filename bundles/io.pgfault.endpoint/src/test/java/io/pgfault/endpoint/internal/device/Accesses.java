// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.device;

import io.pgfault.api.bus.Endpoint;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Threads for accesses that wait. */
public final class Accesses implements AutoCloseable {
    public final ExecutorService threads = Executors.newCachedThreadPool();

    public Future<Endpoint.Access> start(Endpoint endpoint, int pasid, long address, int permissions) {
        return threads.submit(() -> endpoint.access(pasid, address, permissions));
    }

    /** The result of an access that must come to an end now. */
    public static Endpoint.Access end(Future<Endpoint.Access> access) throws Exception {
        return access.get(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
