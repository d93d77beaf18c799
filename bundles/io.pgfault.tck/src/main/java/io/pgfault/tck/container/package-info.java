// SPDX-License-Identifier: Apache-2.0

/**
 * An OSGi container for the tests of one bundle, in the JVM of the tests: {@link
 * io.pgfault.tck.container.TestContainer}. The framework and the bundles come from the class path of the tests.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.tck.container;
