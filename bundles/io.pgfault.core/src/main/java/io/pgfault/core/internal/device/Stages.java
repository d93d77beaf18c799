// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.device;

import io.pgfault.api.Device;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.core.internal.domain.Attachment;
import io.pgfault.core.internal.group.Partials;
import io.pgfault.core.internal.group.RequestBlock;
import io.pgfault.parts.BackoffLock;
import java.util.Arrays;

/**
 * Sorts a group of a nested domain by the stage at which its requests failed (rule N02). Only the thread that reports
 * for the device calls these methods.
 *
 * <p>The thread asks the driver without the device's lock, because the driver walks tables in a user's memory; then it
 * closes the group under the lock, unless another domain was attached meanwhile. Between asking and closing, other
 * threads may drop partials of the group, and no other thread adds one.
 */
final class Stages {
    private static final int FEWEST = 8;

    private final Device device;
    private final IommuDriver driver;
    /** For each partial of the group: what the second stage was asked for, or {@code FIRST_STAGE}. */
    private long[] addresses = new long[FEWEST];
    /** For the last request of the group: what the second stage was asked for, or {@code FIRST_STAGE}. */
    private long lastAddress;
    /** The attachment whose tables the driver was asked about; {@code null} before the driver is asked. */
    private Attachment asked;
    /** What the driver threw when it was asked; {@code null} if the driver answered. */
    private Throwable failure;

    // What sort has found
    private Attachment attachment;
    private int size;
    private int permissions;
    private long address;

    Stages(Device device, IommuDriver driver) {
        this.device = device;
        this.driver = driver;
    }

    /** Forgets what the driver was asked about: another group is to close. */
    void begin() {
        asked = null;
    }

    /** Whether the driver has been asked about the present group in this attachment. */
    boolean isAsked(Attachment about) {
        return asked == about;
    }

    /**
     * Asks the driver about each request of a group.
     *
     * @param lock the device's lock, which the calling thread holds; free while the driver is called
     * @param partial the requests before the last, {@code null} for none
     */
    void ask(
            BackoffLock lock,
            Attachment about,
            int pasid,
            Partials.Partial partial,
            int lastPermissions,
            long ofLastRequest) {
        RequestBlock block = partial == null ? null : partial.block();
        int count = block == null ? 0 : partial.count();
        lock.unlock();
        try {
            if (count > addresses.length) {
                addresses = Arrays.copyOf(addresses, Integer.highestOneBit(count) << 1);
            }
            for (int i = 0; i < count; i++) {
                addresses[i] = driver.secondStageAddress(device, pasid, block.address(i), block.permissions(i));
            }
            lastAddress = driver.secondStageAddress(device, pasid, ofLastRequest, lastPermissions);
            failure = null;
        } catch (Throwable e) {
            failure = e;
        } finally {
            lock.lock();
        }
        asked = about;
    }

    /** What the driver threw instead of naming a stage; {@code null} for nothing. */
    Throwable failure() {
        return failure;
    }

    /**
     * Makes the group of one stage. If all requests failed at the second stage, they get their second-stage addresses
     * and the group closes under the second stage. Else the group keeps the requests that failed at the first stage;
     * the device asks again for the others. The response carries the private data of the request that came last.
     *
     * @param block the requests before the last, {@code null} if there are none any more
     * @param count how many requests there are, the last one included
     */
    void sort(RequestBlock block, int count, int lastPermissions, long ofLastRequest) {
        attachment = asked;
        size = count;
        permissions = lastPermissions;
        address = ofLastRequest;
        int firsts = lastAddress == IommuDriver.FIRST_STAGE ? 1 : 0;
        for (int i = 0; i < count - 1; i++) {
            firsts += addresses[i] == IommuDriver.FIRST_STAGE ? 1 : 0;
        }
        if (firsts == 0) {
            for (int i = 0; i < count - 1; i++) {
                block.setAddress(i, addresses[i]);
            }
            address = lastAddress;
            attachment = asked.secondStage();
        } else if (firsts < count) {
            keepFirstStage(block, count);
        }
    }

    private void keepFirstStage(RequestBlock block, int count) {
        int kept = 0;
        for (int i = 0; i < count - 1; i++) {
            if (addresses[i] == IommuDriver.FIRST_STAGE) {
                block.move(i, kept++);
            }
        }
        if (lastAddress != IommuDriver.FIRST_STAGE) {
            kept--;
            permissions = block.permissions(kept);
            address = block.address(kept);
        }
        size = kept + 1;
    }

    /** What the group closes under. */
    Attachment attachment() {
        return attachment;
    }

    /** How many requests the group has. */
    int size() {
        return size;
    }

    /** The permissions of the group's last request. */
    int permissions() {
        return permissions;
    }

    /** The address of the group's last request. */
    long address() {
        return address;
    }
}
