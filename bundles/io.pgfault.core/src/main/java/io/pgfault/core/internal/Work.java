// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

/** Something for a fault queue's workers to do for a device: a group to offer to handlers, or a handler's own work. */
abstract class Work {
    /** The next work of the same device; guarded by the device's lock. */
    Work next;

    /** Runs on a worker. Must not throw. */
    abstract void run();
}
