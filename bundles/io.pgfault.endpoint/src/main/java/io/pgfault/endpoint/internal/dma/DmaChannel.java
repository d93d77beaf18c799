// SPDX-License-Identifier: Apache-2.0
package io.pgfault.endpoint.internal.dma;

import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.dma.Completion;
import io.pgfault.api.dma.Completion.Status;
import io.pgfault.api.dma.Descriptor;
import io.pgfault.api.dma.Descriptor.Operation;
import io.pgfault.endpoint.internal.device.DeviceModel;
import io.pgfault.endpoint.internal.device.DeviceModel.Asked;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Does one descriptor at a time, piece by piece. A piece lies within one source page and one destination page, and goes
 * through a buffer of the channel. With a group size above one the channel asks for several pages ahead, in one group,
 * at the first of these pages. One thread at a time uses a channel; the queue of idle channels hands it from thread to
 * thread.
 */
final class DmaChannel {
    private final DeviceModel device;
    private final PhysicalMemory memory;
    private final int pasid;
    private final int groupSize;
    private final DmaTransfer transfer;
    private final ByteBuffer first = ByteBuffer.allocateDirect(Translation.PAGE_SIZE);
    private final ByteBuffer second = ByteBuffer.allocateDirect(Translation.PAGE_SIZE);
    private final CRC32C crc = new CRC32C();
    private Status status = Status.SUCCESS;
    private long faultAddress;
    private long requests;
    private long groups;

    /** How far the pages have been asked for already, exclusive, relative to the start of source and destination. */
    private long sourceAsked;

    private long destinationAsked;

    DmaChannel(DeviceModel device, PhysicalMemory memory, int pasid, int groupSize) {
        this.device = device;
        this.memory = memory;
        this.pasid = pasid;
        this.groupSize = groupSize;
        this.transfer = new DmaTransfer(memory);
    }

    /** Works a descriptor off. */
    Completion execute(Descriptor d) throws InterruptedException {
        status = Status.SUCCESS;
        faultAddress = 0;
        requests = 0;
        groups = 0;
        sourceAsked = 0;
        destinationAsked = 0;
        crc.reset();
        long done = 0;
        boolean differs = false;
        while (done < d.length() && status == Status.SUCCESS && !differs) {
            int length = piece(d, done);
            int moved = move(d, done, length);
            done += moved;
            differs = moved < length;
        }
        return new Completion(status, done, result(d.operation(), done), faultAddress, requests, groups);
    }

    private long result(Operation operation, long done) {
        return switch (operation) {
            case COPY, FILL -> 0;
            case COMPARE -> done;
            case CRC32C -> crc.getValue();
        };
    }

    private static int piece(Descriptor d, long done) {
        long length = d.length() - done;
        if (d.operation() != Operation.FILL) {
            length = Math.min(length, toEndOfPage(d.source() + done));
        }
        if (d.operation() != Operation.CRC32C) {
            length = Math.min(length, toEndOfPage(d.destination() + done));
        }
        return (int) length;
    }

    private static long toEndOfPage(long address) {
        return Translation.PAGE_SIZE - (address & (Translation.PAGE_SIZE - 1));
    }

    /** Does one piece; returns the count of finished bytes. */
    private int move(Descriptor d, long done, int length) throws InterruptedException {
        long source = d.source() + done;
        long destination = d.destination() + done;
        if (d.operation() != Operation.FILL) {
            if (done >= sourceAsked) {
                sourceAsked = done + ask(source, d.length() - done, Permissions.READ);
            }
            if (d.operation() == Operation.COPY && copy(d, done, length)) {
                return length;
            }
            if (status != Status.SUCCESS || !access(source, first, length, false)) {
                return 0;
            }
        }
        switch (d.operation()) {
            case CRC32C -> {
                crc.update(first.flip());
                return length;
            }
            case COMPARE -> {
                askDestination(d, done, Permissions.READ);
                if (status != Status.SUCCESS || !access(destination, second, length, false)) {
                    return 0;
                }
                int mismatch = first.flip().mismatch(second.flip());
                return mismatch < 0 ? length : mismatch;
            }
            case FILL -> pattern(d.pattern(), done, length);
            case COPY -> {}
        }
        askDestination(d, done, Permissions.WRITE);
        return status == Status.SUCCESS && access(destination, first, length, true) ? length : 0;
    }

    /** Copies without the buffer, if the device caches the translations of both pages. */
    private boolean copy(Descriptor d, long done, int length) throws InterruptedException {
        if (status == Status.SUCCESS) {
            askDestination(d, done, Permissions.WRITE);
        }
        return status == Status.SUCCESS
                && device.copy(pasid, d.source() + done, d.destination() + done, length, memory);
    }

    private void askDestination(Descriptor d, long done, int permissions) throws InterruptedException {
        if (done >= destinationAsked) {
            destinationAsked = done + ask(d.destination() + done, d.length() - done, permissions);
        }
    }

    private void pattern(long pattern, long done, int length) {
        first.clear().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < length; i++) {
            first.put(i, (byte) (pattern >>> ((done + i) % Long.BYTES * Byte.SIZE)));
        }
    }

    /**
     * Asks for up to a group of pages. After INVALID the channel goes on up to the first page that is not present.
     *
     * @return the count of bytes from {@code address} whose pages need no further request
     */
    private long ask(long address, long length, int permissions) throws InterruptedException {
        if (groupSize == 1) {
            return Long.MAX_VALUE / 2;
        }
        long toEnd = toEndOfPage(address);
        int pages = (int) Math.min(
                groupSize, 1 + Math.max(0, length - toEnd + Translation.PAGE_SIZE - 1) / Translation.PAGE_SIZE);
        Asked asked = device.ask(pasid, address, pages, permissions);
        requests += asked.requests();
        groups += asked.requests() > 0 ? 1 : 0;
        if (asked.outcome() != Outcome.DONE) {
            if (asked.outcome() != Outcome.INVALID || !device.isThere(pasid, address, permissions)) {
                fail(status(asked.outcome()), address);
            }
            // The channel asks for the next page at the head of a group, so that it finds the failing page.
            return toEnd;
        }
        return toEnd + (pages - 1L) * Translation.PAGE_SIZE;
    }

    private boolean access(long address, ByteBuffer buffer, int length, boolean write) throws InterruptedException {
        transfer.prepare(buffer.clear().limit(length), address, write);
        Access access = device.access(pasid, address, write ? Permissions.WRITE : Permissions.READ, transfer);
        requests += access.requests();
        groups += access.requests();
        if (access.outcome() != Outcome.DONE) {
            fail(status(access.outcome()), address);
            return false;
        }
        if (!transfer.done()) {
            fail(Status.NO_MEMORY, address);
            return false;
        }
        return true;
    }

    private void fail(Status why, long address) {
        status = why;
        faultAddress = address;
    }

    private static Status status(Outcome outcome) {
        return switch (outcome) {
            case DONE -> Status.SUCCESS;
            case INVALID -> Status.INVALID;
            case FAILED -> Status.FAILED;
            case DISCONNECTED -> Status.DISCONNECTED;
        };
    }
}
