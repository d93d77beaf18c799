// SPDX-License-Identifier: Apache-2.0

/**
 * What the page shows, as JSON. Threads that serve requests take the picture, at most two in a second for all of them
 * together; nothing happens here while no page is open.
 */
package io.pgfault.console.internal.picture;
