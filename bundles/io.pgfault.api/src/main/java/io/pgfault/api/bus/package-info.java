// SPDX-License-Identifier: Apache-2.0

/**
 * Where devices and units meet: translation requests, page requests and responses, stalled transactions, invalidations.
 *
 * <p>A unit implements {@link io.pgfault.api.bus.Unit}. A device model implements
 * {@link io.pgfault.api.bus.Downstream}, gets an {@link io.pgfault.api.bus.Upstream}, and registers an
 * {@link io.pgfault.api.bus.Endpoint} service.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package io.pgfault.api.bus;
