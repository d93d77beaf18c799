// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import io.pgfault.api.Device;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A device that accesses memory when it is told to; a service, one for each configured device. The device translates,
 * requests the pages that are missing, and tries again, as real devices do. Any thread may call any method.
 */
@ConsumerType
public interface Endpoint {
    /** Service property, {@code String}: the device's name. */
    String DEVICE_NAME = "io.pgfault.device.name";

    /** The device's name. */
    String name();

    /** The device as the framework knows it. */
    Device device();

    /** The PASID that the configuration binds the device to, {@code Pasid.NONE} if it binds the device to none. */
    int pasid();

    /**
     * Accesses one page and waits while the page is faulted in.
     *
     * @param pasid a PASID, or {@code Pasid.NONE}
     * @param address any address in the page, in bytes
     * @param permissions what the access needs, bits of {@code Permissions}; a page request asks for exactly these
     * @throws InterruptedException if the calling thread is interrupted while the page is faulted in; the access is
     *     given up
     */
    Access access(int pasid, long address, int permissions) throws InterruptedException;

    /**
     * The result of an access.
     *
     * @param outcome how it ended
     * @param requests how many page requests the access took, 0 if the page was there
     */
    record Access(Outcome outcome, int requests) {
        /** The page was there. This result, by far the most frequent one, is never allocated. */
        public static final Access HIT = new Access(Outcome.DONE, 0);
    }

    /** How an access ended. */
    enum Outcome {
        /** The access was made. */
        DONE,
        /** The page can't be granted (Invalid Request, or an aborted transaction). */
        INVALID,
        /** The host failed to answer (Response Failure): the device is off until it is reset. */
        FAILED,
        /** The unit went while the access waited. */
        DISCONNECTED
    }
}
