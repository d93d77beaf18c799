// SPDX-License-Identifier: Apache-2.0
package io.pgfault.guest.internal.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Device;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.nest.FirstStage;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The guest's unit as a device sees it: keeps what the device asks. */
final class FakeGuestUnit implements Upstream {
    /** A page request, or a transaction. */
    record Asked(int pasid, int index, int permissions, long address, boolean last) {}

    private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();

    /** The first stage that the unit's tables name. Written by the test, read by invalidating threads. */
    volatile FirstStage stage;

    /** The first stage of the whole stream. Written and read as {@code stage}. */
    volatile FirstStage stream;

    /** The result of every transaction. Written by the test, read by the reading thread. */
    volatile long transactions = STALLED;

    /** The next request. */
    Asked next() throws InterruptedException {
        Asked next = asked.poll(30, TimeUnit.SECONDS);
        assertThat(next).as("a request within 30 s").isNotNull();
        return next;
    }

    @Override
    public Device device() {
        throw new UnsupportedOperationException("device");
    }

    @Override
    public long translate(int pasid, long address) {
        return Translation.NONE;
    }

    @Override
    public void pageRequest(int pasid, int prgIndex, int permissions, long address, boolean last) {
        asked.add(new Asked(pasid, prgIndex, permissions, address, last));
    }

    @Override
    public long transact(int transaction, int pasid, int permissions, long address) {
        asked.add(new Asked(pasid, transaction, permissions, address, true));
        return transactions;
    }

    @Override
    public Optional<FirstStage> firstStage(int pasid) {
        return Optional.ofNullable(pasid < 0 ? stream : stage);
    }

    @Override
    public void close() {}
}
