// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.handlers;

import java.util.List;

/**
 * A handler: a component, running or not, or a service without a component.
 *
 * @param key names the handler in a request: {@code component/BUNDLE/NAME} or {@code service/ID}
 * @param name the component's name, or the service's
 * @param bundle symbolic name of the handler's bundle
 * @param serviceId the {@code service.id}; 0 if the handler has no service now
 * @param kinds the kinds of domain that the handler serves
 * @param ranking its {@code service.ranking}
 * @param inline whether the event thread calls it
 * @param state {@code running}, {@code stopped}, or {@code waiting} for something that the component needs
 * @param stoppable whether {@link HandlerControls#stop} works
 * @param rankable whether {@link HandlerControls#rank} works
 * @param note what an operator should know of the levers, or why one is missing; may be empty
 */
public record HandlerRow(
        String key,
        String name,
        String bundle,
        long serviceId,
        List<String> kinds,
        int ranking,
        boolean inline,
        String state,
        boolean stoppable,
        boolean rankable,
        String note) {}
