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
 * The accesses of a mock device. An accessing thread has the kernel trigger one page request with a new group id and
 * waits for the response that the unit sends to the kernel, because the kernel doesn't pass responses to a mock device.
 * When the kernel detaches the device, every waiting access gets INVALID. Any thread.
 */
final class TriggeredFaults implements Connection.ResponseListener, AutoCloseable {
    /**
     * Longer than a sensible deadline. The time limit is needed because the kernel drops a request without a report.
     */
    private static final long PATIENCE_SECONDS = 60;

    private final Connection connection;
    private final MockDevice device;
    private final Map<Integer, CompletableFuture<Outcome>> outstanding = new ConcurrentHashMap<>();
    private final AtomicInteger lastGroup = new AtomicInteger();
    /** Set by the thread that closes; accessing threads read it. */
    private volatile boolean closed;

    TriggeredFaults(Connection connection, MockDevice device) {
        this.connection = connection;
        this.device = device;
        connection.listener(this);
    }

    /** Accesses a page, see {@code Endpoint.access}. */
    Access access(int pasid, long address, int permissions) throws InterruptedException {
        if (pasid == 0) {
            throw new IllegalArgumentException("a mock device reads PASID 0 as no PASID; take 1 to " + Pasid.MAX);
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
                    "device " + connection.device().name() + ": no response came for group " + group + " within "
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

    /** Ends every waiting and every later access DISCONNECTED. */
    @Override
    public void close() {
        closed = true;
        outstanding.values().forEach(answer -> answer.complete(Outcome.DISCONNECTED));
    }
}
