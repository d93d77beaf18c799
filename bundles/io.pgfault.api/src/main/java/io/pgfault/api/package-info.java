// SPDX-License-Identifier: Apache-2.0

/**
 * Fault values that every bundle shares: page request, response code, device, domain, counters.
 *
 * <p>A page request is recoverable by definition. A fault that can't be answered has no type here: the driver that sees
 * the fault logs and counts it (patches 02 and 03 of the series; rule A02).
 *
 * <p>Rules are cited by number, such as rule C09; {@code RULES.md} of this bundle has them all.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.pgfault.api;
