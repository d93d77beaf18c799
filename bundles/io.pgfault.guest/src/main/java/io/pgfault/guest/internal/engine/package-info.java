// SPDX-License-Identifier: Apache-2.0

/**
 * The registers of an assigned DMA engine, as messages on a Unix socket: the guest writes descriptors, the host's
 * engine does them and reports. {@link io.pgfault.guest.internal.engine.EngineServer} is the host's end, {@link
 * io.pgfault.guest.internal.engine.EngineClient} the guest's. The bytes that an engine moves never pass here.
 *
 * <p>The components enter; this room knows no other room of the bundle.
 */
package io.pgfault.guest.internal.engine;
