// SPDX-License-Identifier: Apache-2.0

/**
 * The fake core: {@link io.pgfault.tck.core.StrictFaults} keeps devices, domains and groups as the contract of {@link
 * io.pgfault.api.driver.IoPageFaults} says, and remembers the first call that a driver must not make. The kits use this
 * core, and so do the tests of the bundles. Any thread may call into this package.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.pgfault.tck.core;
