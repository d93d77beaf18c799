// SPDX-License-Identifier: Apache-2.0

/**
 * Fault values: what a page request, a response, a device and a domain are to everybody.
 *
 * <p>A page request is recoverable by definition. Faults that nobody can answer are logged and counted by the driver
 * that sees them and have no type here (patches 02 and 03 of the series).
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.api;
