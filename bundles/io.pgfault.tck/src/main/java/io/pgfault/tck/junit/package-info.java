// SPDX-License-Identifier: Apache-2.0

/**
 * The conformance kit as JUnit 5 tests: extend {@link io.pgfault.tck.junit.HandlerConformance} or {@link
 * io.pgfault.tck.junit.DriverConformance}, say what is under test, and every check is a test of its own.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.tck.junit;
