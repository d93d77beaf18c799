// SPDX-License-Identifier: Apache-2.0

/**
 * The conformance kit: {@link io.pgfault.tck.HandlerKit} for a handler, {@link io.pgfault.tck.DriverKit} for a driver.
 * Each gives a list of {@link io.pgfault.tck.Check}s; a check that fails throws {@link io.pgfault.tck.RuleBroken}, which
 * names the rule and says how. They need no test framework and run on a plain class path as in a container, where {@link
 * io.pgfault.tck.HandlerService} and {@link io.pgfault.tck.DriverService} find what is checked; {@code io.pgfault.tck.junit}
 * makes JUnit tests of them.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.tck;
