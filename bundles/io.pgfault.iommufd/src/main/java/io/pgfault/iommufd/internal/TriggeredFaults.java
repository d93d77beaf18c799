// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal;

import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.iommufd.internal.kernel.CallFailed;
import io.pgfault.iommufd.internal.kernel.MockDevice;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Accesses of a mock device: each triggers one page request with a group id of its own, and waits for the answer. The
 * kernel does not tell its mock device, so the answer that was sent is taken; when the kernel detaches the device it answers
 * INVALID. Any thread.
 */
final class TriggeredFaults implements Connection.ResponseListener, AutoCloseable {
    /** Longer than any deadline that makes sense; the kernel does not say that it dropped a request. */
    private static final long PATIENCE_SECONDS = 60;

    private final Connection connection;
    private final MockDevice device;
    private final Map<Integer, CompletableFuture<Outcome>> outstanding = new ConcurrentHashMap<>();
    private final AtomicInteger lastGroup = new AtomicInteger();
    private volatile boolean closed;

    TriggeredFaults(Connection connection, MockDevice device) {
        this.connection = connection;
        this.device = device;
        connection.listener(this);
    }

    /** See {@code Endpoint.access}. */
    Access access(int pasid, long address, int permissions) throws InterruptedException {
        if (pasid == 0) {
            throw new IllegalArgumentException("to a mock device PASID 0 is no PASID; take 1 to " + Pasid.MAX);
        }
        int group = lastGroup.incrementAndGet() & Integer.MAX_VALUE;
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        outstanding.put(group, answer);
        try {
            if (closed) {
                return new Access(Outcome.DISCONNECTED, 0);
            }
            if (!connection.isAttached()) {
                return new Access(Outcome.INVALID, 0);
            }
            device.trigger(pasid == Pasid.NONE ? 0 : pasid, group, permissions, address);
            return new Access(answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS), 1);
        } catch (CallFailed e) {
            if (closed) {
                return new Access(Outcome.DISCONNECTED, 0);
            }
            throw new IllegalStateException(
                    "device " + connection.device().name() + " can't be made to fault: " + e.getMessage(), e);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "device " + connection.device().name() + ": nobody answered group " + group + " within "
                            + PATIENCE_SECONDS + " s",
                    e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } finally {
            outstanding.remove(group);
        }
    }

    @Override
    public void answered(int groupId, ResponseCode code) {
        CompletableFuture<Outcome> answer = outstanding.get(groupId);
        if (answer != null) {
            answer.complete(code == ResponseCode.SUCCESS ? Outcome.DONE : Outcome.INVALID);
        }
    }

    @Override
    public void detached() {
        outstanding.values().forEach(answer -> answer.complete(Outcome.INVALID));
    }

    /** Nobody will answer any more. */
    @Override
    public void close() {
        closed = true;
        outstanding.values().forEach(answer -> answer.complete(Outcome.DISCONNECTED));
    }
}
