// SPDX-License-Identifier: Apache-2.0

/**
 * All that a handler bundle needs. A handler implements {@link io.pgfault.api.handler.FaultHandler}, gets {@link
 * io.pgfault.api.handler.FaultGroup} objects, and carries {@link io.pgfault.api.handler.HandlesFaults}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.1.0")
package io.pgfault.api.handler;
