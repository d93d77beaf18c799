// SPDX-License-Identifier: Apache-2.0

/**
 * Shared virtual addressing: address spaces, and devices bound to them. {@link io.pgfault.api.sva.Sva} is the service.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.pgfault.api.sva;
