// SPDX-License-Identifier: Apache-2.0

/**
 * Where devices and units meet: translation requests, page requests and responses, stalled transactions, invalidations.
 * A unit implements {@link io.pgfault.api.bus.Unit}; a device model implements {@link io.pgfault.api.bus.Downstream} and
 * is given an {@link io.pgfault.api.bus.Upstream}; {@link io.pgfault.api.bus.Endpoint} is what people ask to access
 * memory.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.api.bus;
