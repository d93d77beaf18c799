// SPDX-License-Identifier: Apache-2.0

/**
 * The words of the conformance kit: a {@link io.pgfault.tck.Check} checks one {@link io.pgfault.tck.Rule}, and fails
 * with {@link io.pgfault.tck.RuleBroken}. An author describes the subject of the checks by implementing
 * {@link io.pgfault.tck.HandlerUnderTest} or {@link io.pgfault.tck.UnitUnderTest}. The package {@code handler} lists
 * the checks of a handler, the package {@code driver} the checks of a driver, the package {@code junit} makes JUnit 5
 * tests of both. Nothing in this package needs a test framework or a container.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.tck;
