// SPDX-License-Identifier: Apache-2.0

/**
 * The policy lab: {@link io.pgfault.lab.Lab} runs a {@link io.pgfault.lab.Trial} of one trace under one handler, and
 * computes the {@link io.pgfault.lab.Bound} that no handler beats. All types but the service are values.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.lab;
