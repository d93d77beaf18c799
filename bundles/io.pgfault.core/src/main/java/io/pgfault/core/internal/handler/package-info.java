// SPDX-License-Identifier: Apache-2.0

/**
 * The handler services: which are there for a kind of domain, in which order they are asked, which of them left with
 * groups in their hands, and which groups wait for one (rules C08, R01 to R04). The room sees groups as {@link
 * io.pgfault.core.internal.handler.OfferedGroup} and knows neither devices nor queues. Event threads and workers enter
 * to offer a group, the container's threads to add and remove services, the deadline thread to end waits.
 */
package io.pgfault.core.internal.handler;
