// SPDX-License-Identifier: Apache-2.0
/**
 * Load on a unit, measured. {@link io.pgfault.bench.Bench} puts a {@link io.pgfault.bench.Load} on a
 * {@link io.pgfault.bench.Target} and returns what it {@link io.pgfault.bench.Measured};
 * {@link io.pgfault.bench.Yardstick} is a naive framework for comparison, {@link io.pgfault.bench.Hiccups} the
 * machine's own jitter.
 *
 * <p>The command {@code iopf bench} and tests enter. The thread that calls a {@code Bench} is the devices' one thread.
 */
@Export
@Version("1.1.0")
package io.pgfault.bench;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
