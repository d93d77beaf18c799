// SPDX-License-Identifier: Apache-2.0

/**
 * The checks of a handler: {@link io.pgfault.tck.handler.HandlerKit} lists the checks for any handler, {@link
 * io.pgfault.tck.handler.HandlerService} finds a handler in a running container, {@link
 * io.pgfault.tck.handler.OfferedGroup} is a group for a test that calls a handler itself. Everything else in this
 * package is private to the kit. One thread runs one check at a time; a check starts threads of its own and ends them.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.2.0")
package io.pgfault.tck.handler;
