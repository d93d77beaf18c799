// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

import io.pgfault.api.PageTable;
import io.pgfault.api.handler.FaultHandler;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What the author of a handler tells the kit: a handler that works, and memory to resolve groups against. The kit opens
 * one subject for each check.
 */
@ConsumerType
public interface HandlerUnderTest extends AutoCloseable {
    /** How many pages from {@link #granted} on the checks may ask for. */
    int PAGES = 1024;

    /** Opens a subject for each check. */
    @FunctionalInterface
    @ConsumerType
    interface Factory {
        /** A handler that works, with memory of which nothing is mapped yet. */
        HandlerUnderTest open() throws Exception;
    }

    /** The handler. */
    FaultHandler handler();

    /**
     * The service properties that the handler is registered with. The default reads the properties from the component
     * description of the handler's class that the build has made, so that the checks see what a container will see.
     *
     * @throws IllegalStateException if the class has no component description on the class path
     */
    default Map<String, ?> properties() {
        return ComponentDescription.of(handler().getClass()).properties();
    }

    /**
     * The kinds of domain that exist in the platform that the handler is for. The default names the kinds of the
     * bundles of this project; an author with domains of another kind adds that kind.
     */
    default Set<String> platformKinds() {
        return Set.of("sva", "user");
    }

    /** The page table of a domain such as the handler serves. */
    PageTable pageTable();

    /** Address of the first of {@value #PAGES} pages that the handler grants READ when asked with a valid PASID. */
    long granted();

    /** A page that the handler does not grant; empty if it grants everything. */
    default OptionalLong refused() {
        return OptionalLong.empty();
    }

    /** How long a group may take (rule C11). */
    default Duration deadline() {
        return Duration.ofSeconds(10);
    }

    /** How long the handler may take to answer its groups when it goes (rule R03). */
    default Duration grace() {
        return Duration.ofSeconds(1);
    }

    /** Ends the handler as a container does that unregisters and deactivates its component. Idempotent. */
    @Override
    void close() throws Exception;
}
