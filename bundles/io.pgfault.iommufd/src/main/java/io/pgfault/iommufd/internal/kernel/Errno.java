// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

/** The error numbers that matter here (Linux, {@code asm-generic/errno.h}: the same on x86-64 and arm64). */
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int ENODEV = 19;
    public static final int EINVAL = 22;
    public static final int ENOTTY = 25;
    public static final int ESPIPE = 29;
    public static final int EPIPE = 32;
    public static final int EOPNOTSUPP = 95;

    private Errno() {}

    /** The number's name, or the number. */
    static String words(int errno) {
        return switch (errno) {
            case EPERM -> "not permitted (EPERM)";
            case ENOENT -> "no such file (ENOENT)";
            case EINTR -> "interrupted (EINTR)";
            case EIO -> "input/output error (EIO)";
            case ENXIO -> "no such device (ENXIO)";
            case EBADF -> "not an open descriptor (EBADF)";
            case EAGAIN -> "not now (EAGAIN)";
            case EACCES -> "permission denied (EACCES)";
            case EBUSY -> "busy (EBUSY)";
            case ENODEV -> "no such device (ENODEV)";
            case EINVAL -> "invalid argument (EINVAL)";
            case ENOTTY -> "unknown to this kernel (ENOTTY)";
            case ESPIPE -> "no whole number of records (ESPIPE)";
            case EPIPE -> "the other end is gone (EPIPE)";
            case EOPNOTSUPP -> "not supported (EOPNOTSUPP)";
            default -> "error " + errno;
        };
    }
}
