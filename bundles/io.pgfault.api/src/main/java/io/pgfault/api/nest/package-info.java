// SPDX-License-Identifier: Apache-2.0

/**
 * Nested translation: a first stage that a user, a guest for example, keeps in memory of its own, on a second stage
 * that belongs to the host (rules N01 to N08, T06).
 *
 * <p>The owner of a nested domain implements {@link io.pgfault.api.nest.NestedTable}. A driver whose unit walks tables
 * of that architecture takes it at {@code IommuDriver.attach}; every other driver refuses it.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.api.nest;
