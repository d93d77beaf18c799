// SPDX-License-Identifier: Apache-2.0

/**
 * All that a hardware backend needs: it reports to {@link io.pgfault.api.driver.IoPageFaults} and implements {@link
 * io.pgfault.api.driver.IommuDriver}. The owners of domains (SVA, user space) use the same {@code IoPageFaults}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.api.driver;
