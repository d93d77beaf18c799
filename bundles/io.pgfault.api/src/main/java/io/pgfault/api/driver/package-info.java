// SPDX-License-Identifier: Apache-2.0

/**
 * All that a hardware backend needs. A driver implements {@link io.pgfault.api.driver.IommuDriver} and reports to
 * {@link io.pgfault.api.driver.IoPageFaults}. Owners of domains (SVA, user space) use {@code IoPageFaults} too.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.pgfault.api.driver;
