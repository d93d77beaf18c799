// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Sva;
import io.pgfault.tck.HandlerUnderTest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/**
 * A handler of a running container: the service of a bundle. The kit starts the bundle for each check, and stops the
 * bundle when the handler goes.
 */
public final class HandlerService implements HandlerUnderTest {
    /** Creates memory for a handler to resolve groups against. */
    @FunctionalInterface
    @ConsumerType
    public interface MemoryFactory {
        /** Creates memory without a mapped page. */
        Memory create();
    }

    /**
     * Memory for a handler to resolve groups against.
     *
     * @param pageTable see {@link HandlerUnderTest#pageTable}
     * @param granted see {@link HandlerUnderTest#granted}
     * @param refused see {@link HandlerUnderTest#refused}
     */
    public record Memory(PageTable pageTable, long granted, OptionalLong refused) {}

    private static final long START = 0x10_0000_0000L;
    private static final Area AREA =
            new Area(START, START + (long) PAGES * Translation.PAGE_SIZE - 1, Permissions.READ, false, 0, "");

    private final Bundle bundle;
    private final Memory memory;
    private final BundleContext context;
    private final ServiceReference<FaultHandler> reference;
    private final FaultHandler handler;

    private HandlerService(BundleContext context, Bundle bundle, Memory memory) throws Exception {
        this.context = context;
        this.bundle = bundle;
        this.memory = memory;
        bundle.start();
        this.reference = find();
        this.handler = context.getService(reference);
    }

    /** Finds the one handler that a bundle registers; {@code context} is the caller's bundle context. */
    public static HandlerUnderTest.Factory of(BundleContext context, Bundle bundle, MemoryFactory memory) {
        return () -> new HandlerService(context, bundle, memory.create());
    }

    /**
     * Finds the one handler of kind {@code sva} that a bundle registers. Each check has an address space of its own,
     * with one area of {@value HandlerUnderTest#PAGES} pages that may be read.
     *
     * @param context the caller's bundle context
     * @param spaces makes the address spaces
     */
    public static HandlerUnderTest.Factory of(BundleContext context, Bundle bundle, Sva spaces) {
        return of(context, bundle, () -> {
            AddressSpace space = spaces.create("conformance kit", List.of(AREA));
            return new Memory(space, START, OptionalLong.of(START - Translation.PAGE_SIZE));
        });
    }

    private ServiceReference<FaultHandler> find() throws InvalidSyntaxException {
        return context.getServiceReferences(FaultHandler.class, null).stream()
                .filter(found -> found.getBundle() == bundle)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        bundle + " registers no " + FaultHandler.class.getName() + ": is its component satisfied?"));
    }

    @Override
    public FaultHandler handler() {
        return handler;
    }

    @Override
    public Map<String, ?> properties() {
        Map<String, Object> properties = new HashMap<>();
        for (String key : reference.getPropertyKeys()) {
            properties.put(key, reference.getProperty(key));
        }
        return properties;
    }

    @Override
    public PageTable pageTable() {
        return memory.pageTable();
    }

    @Override
    public long granted() {
        return memory.granted();
    }

    @Override
    public OptionalLong refused() {
        return memory.refused();
    }

    @Override
    public void close() throws Exception {
        bundle.stop();
    }
}
