// SPDX-License-Identifier: Apache-2.0

/**
 * The Unix domain socket on which a bundle listens: {@link io.pgfault.parts.socket.ListeningSocket} has the rules for
 * its file and for the users that may connect. A package of its own, because only bundles that listen import {@code
 * jdk.net}.
 */
package io.pgfault.parts.socket;
