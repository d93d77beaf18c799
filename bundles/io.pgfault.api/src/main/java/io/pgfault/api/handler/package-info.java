// SPDX-License-Identifier: Apache-2.0

/**
 * All that a handler bundle needs: {@link io.pgfault.api.handler.FaultHandler} is the one interface to implement, {@link
 * io.pgfault.api.handler.FaultGroup} is what it is given, {@link io.pgfault.api.handler.HandlesFaults} goes on its
 * component.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.api.handler;
