// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.bus;

import io.pgfault.api.Device;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A device that can be told to access memory; a service, one for each configured device. It translates, asks for the
 * pages that are missing, and tries again, as real devices do. Any thread.
 */
@ConsumerType
public interface Endpoint {
    /** Service property, {@code String}: the device's name. */
    String DEVICE_NAME = "io.pgfault.device.name";

    /** The device's name. */
    String name();

    /** The device as the framework knows it. */
    Device device();

    /** The PASID that the device is bound to by its configuration, {@code Pasid.NONE} if to none. */
    int pasid();

    /**
     * Accesses one page; waits while the page is faulted in.
     *
     * @param pasid a PASID, or {@code Pasid.NONE}
     * @param address any address in the page, in bytes
     * @param permissions what the access needs, bits of {@code Permissions}; a page request asks for exactly these
     */
    Access access(int pasid, long address, int permissions) throws InterruptedException;

    /**
     * The result of an access.
     *
     * @param outcome how it ended
     * @param requests how many page requests it took, 0 when the page was there
     */
    record Access(Outcome outcome, int requests) {
        /** The page was there: by far the most frequent result, and never allocated. */
        public static final Access HIT = new Access(Outcome.DONE, 0);
    }

    /** How an access ended. */
    enum Outcome {
        /** It was made. */
        DONE,
        /** The page can't be granted (Invalid Request, or an aborted transaction). */
        INVALID,
        /** The host failed to answer (Response Failure): the device is off until it is reset. */
        FAILED,
        /** The unit went while the access waited. */
        DISCONNECTED
    }
}
