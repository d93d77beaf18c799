// SPDX-License-Identifier: Apache-2.0

/**
 * What an operator sees of a running core: devices with their domains, pending groups, handlers,
 * clients of domains.
 * {@link io.pgfault.api.watch.FaultWatch} is the service. Nothing in this package changes anything.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package io.pgfault.api.watch;
