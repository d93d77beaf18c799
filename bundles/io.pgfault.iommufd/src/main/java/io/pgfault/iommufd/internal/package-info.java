// SPDX-License-Identifier: Apache-2.0

/**
 * The components: the unit ({@link io.pgfault.iommufd.internal.IommufdUnit}), its devices, and the check of a
 * configuration.
 *
 * <p>DS activates and deactivates the components on its own threads. The core and event threads call the unit. This
 * package uses {@code driver} and {@code kernel}, and neither of them knows this package.
 */
package io.pgfault.iommufd.internal;
