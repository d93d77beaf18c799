// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

import io.pgfault.api.PageTable;
import io.pgfault.api.handler.FaultHandler;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A handler that works, and memory for it to resolve groups against: what its author tells the kit. One for each check.
 */
@ConsumerType
public interface HandlerUnderTest extends AutoCloseable {
    /** How many pages from {@link #granted} on the checks may ask for. */
    int PAGES = 1024;

    /** Makes a handler under test. */
    @FunctionalInterface
    @ConsumerType
    interface Factory {
        /** A handler that works, with memory of which nothing is mapped yet. */
        HandlerUnderTest open() throws Exception;
    }

    /** The handler. */
    FaultHandler handler();

    /** The service properties that it is registered with: the domain kind at least. */
    Map<String, ?> properties();

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

    /** How long the handler may take to answer what it holds when it goes (rule R03). */
    default Duration grace() {
        return Duration.ofSeconds(1);
    }

    /** The handler goes, as when its service is unregistered and its component deactivated. Idempotent. */
    @Override
    void close() throws Exception;
}
