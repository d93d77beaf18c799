// SPDX-License-Identifier: Apache-2.0
package io.pgfault.iommufd.internal.kernel;

/** Makes the one-line messages for a host that lacks a feature: the reason, and what would help. */
final class Obstacle {
    private static final String FIRST_VERSION = "Linux 6.11";

    private Obstacle() {}

    /** For {@code /dev/iommu}, if the kernel doesn't open it. */
    static IllegalStateException open(String path, CallFailed cause) {
        String why =
                switch (cause.errno()) {
                    case Errno.ENOENT, Errno.ENXIO, Errno.ENODEV ->
                        ("there is no %s: the kernel %s has no IOMMUFD, or has not loaded the module;"
                                        + " try modprobe iommufd, else boot a kernel with CONFIG_IOMMUFD, %s or later")
                                .formatted(path, release(), FIRST_VERSION);
                    case Errno.EACCES, Errno.EPERM ->
                        "no permission to open %s; run as root, or give this user the right to read and write it"
                                .formatted(path);
                    default -> cause.getMessage();
                };
        return new IllegalStateException(why, cause);
    }

    /** The exception for a fault queue that the kernel doesn't allocate, with the remedy. */
    static IllegalStateException faultQueue(String path, CallFailed cause) {
        String why =
                switch (cause.errno()) {
                    case Errno.ENOTTY, Errno.EOPNOTSUPP ->
                        "%s has no fault queues: the kernel %s is too old, boot %s or later"
                                .formatted(path, release(), FIRST_VERSION);
                    default -> "%s gives no fault queue: %s".formatted(path, cause.getMessage());
                };
        return new IllegalStateException(why, cause);
    }

    /** The exception for a mock device that the kernel doesn't make, with the remedy. */
    static IllegalStateException mock(CallFailed cause) {
        String why =
                switch (cause.errno()) {
                    case Errno.ENOTTY, Errno.EOPNOTSUPP ->
                        "the kernel %s has no mock devices; they need a test kernel, with CONFIG_IOMMUFD_TEST"
                                .formatted(release());
                    default -> "the kernel makes no mock device: " + cause.getMessage();
                };
        return new IllegalStateException(why, cause);
    }

    private static String release() {
        return System.getProperty("os.version");
    }
}
