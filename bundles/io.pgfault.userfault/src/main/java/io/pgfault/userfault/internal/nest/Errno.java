// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.nest;

/** Error numbers of Linux by which a control record is refused. */
enum Errno {
    /** The client has attached no first stage there. */
    ENOENT(2),
    /** A driver failed; the log says how. */
    EIO(5),
    /** Another domain of the host is attached there. */
    EBUSY(16),
    /** The configuration assigns no such device to the client. */
    ENODEV(19),
    /** The record is malformed. */
    EINVAL(22),
    /** The client has as many first stages as it may have. */
    ENOSPC(28),
    /** The device's unit nests no first stage of this type. */
    EOPNOTSUPP(95);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    /** The number. */
    int number() {
        return number;
    }

    /** A control record is refused. Control flow within this room; without a stack trace. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private final transient Errno errno;

        Refused(Errno errno, String message) {
            super(message, null, false, false);
            this.errno = errno;
        }

        Errno errno() {
            return errno;
        }
    }
}
