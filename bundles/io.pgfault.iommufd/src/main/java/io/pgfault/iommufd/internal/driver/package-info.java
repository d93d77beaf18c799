// SPDX-License-Identifier: Apache-2.0

/**
 * The driver of one fault queue: {@link io.pgfault.iommufd.internal.driver.Driver} is its facade, and the only class
 * that other packages use.
 *
 * <p>The event thread ({@code io-pgfault-<unit>-events}) reads and reports. Any thread responds. The lock of {@link
 * io.pgfault.iommufd.internal.driver.FaultDescriptor} keeps reads and writes apart. This package uses {@code kernel},
 * and {@code kernel} doesn't know this package.
 */
package io.pgfault.iommufd.internal.driver;
