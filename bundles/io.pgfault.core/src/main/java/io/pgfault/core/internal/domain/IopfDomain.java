// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.domain;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.nest.NestedTable;
import io.pgfault.core.internal.handler.HandlerChain;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A domain, the handlers of its kind, and where it is attached (rules C19, N01). Any thread. */
public final class IopfDomain implements Domain {
    private final HandlerChain handlers;
    private final String name;
    private final PageTable pageTable;
    private final boolean nested;
    /** The domain of the host that this one is nested on; {@code null} if it is nested on none. */
    private final IopfDomain secondStage;
    /** Where the domain is attached; an attachment stays until its groups have been answered. Guarded by itself. */
    private final List<Attachment> attachments = new ArrayList<>();

    /** The domains that are nested on this one, until each is freed. Guarded by {@code attachments}. */
    private final List<IopfDomain> nestedHere = new ArrayList<>();

    /** Whether the owner has freed the domain. Guarded by {@code attachments}. */
    private boolean freed;

    private IopfDomain(
            HandlerChain handlers, String name, PageTable pageTable, boolean nested, IopfDomain secondStage) {
        this.handlers = handlers;
        this.name = name;
        this.pageTable = pageTable;
        this.nested = nested;
        this.secondStage = secondStage;
    }

    /**
     * A domain that is attached nowhere. A {@link NestedTable} nests the domain on the table's second stage.
     *
     * @throws IllegalArgumentException if the second stage is nested itself
     * @throws IllegalStateException if the second stage has been freed
     */
    public static IopfDomain allocate(HandlerChain handlers, String name, PageTable pageTable, boolean nested) {
        IopfDomain below = pageTable instanceof NestedTable table ? of(table.secondStage()) : null;
        IopfDomain domain = new IopfDomain(handlers, name, pageTable, nested, below);
        if (below != null) {
            below.nest(domain);
        }
        return domain;
    }

    private void nest(IopfDomain above) {
        if (secondStage != null) {
            throw new IllegalArgumentException(
                    above + " can't be nested on " + this + ", which is nested itself: a unit has two stages");
        }
        synchronized (attachments) {
            if (freed) {
                throw new IllegalStateException(
                        above + " can't be nested on " + this + ": it has been freed, allocate another one");
            }
            nestedHere.add(above);
        }
    }

    /** The domain of the host that this one is nested on; {@code null} if it is nested on none. */
    public IopfDomain secondStage() {
        return secondStage;
    }

    /** The domains that are nested on this one now. */
    public List<IopfDomain> nestedHere() {
        synchronized (attachments) {
            return List.copyOf(nestedHere);
        }
    }

    /**
     * The core's own view of a domain.
     *
     * @throws IllegalArgumentException if the domain was not allocated by this framework
     */
    public static IopfDomain of(Domain domain) {
        if (domain instanceof IopfDomain own) {
            return own;
        }
        throw new IllegalArgumentException(
                "domain " + domain + " was not allocated: IoPageFaults.allocateDomain makes domains");
    }

    /** The handlers of the domain's kind. */
    public HandlerChain handlers() {
        return handlers;
    }

    /**
     * Notes an attachment.
     *
     * @throws IllegalStateException if the domain has been freed
     */
    public void hold(Attachment attachment) {
        synchronized (attachments) {
            if (freed) {
                throw new IllegalStateException(this + " can't be attached to device "
                        + attachment.device().name() + ": it has been freed, allocate another one");
            }
            attachments.add(attachment);
        }
    }

    /** Forgets an attachment whose groups have been answered. */
    public void release(Attachment attachment) {
        synchronized (attachments) {
            attachments.remove(attachment);
        }
    }

    /** Where the domain is attached now. */
    public List<Attachment> attachments() {
        synchronized (attachments) {
            return List.copyOf(attachments);
        }
    }

    @Override
    public void free() {
        List<Attachment> holders;
        List<IopfDomain> above;
        boolean first = false;
        synchronized (attachments) {
            holders = List.copyOf(attachments);
            above = List.copyOf(nestedHere);
            if (holders.isEmpty() && above.isEmpty()) {
                first = !freed;
                freed = true;
            }
        }
        if (!holders.isEmpty()) {
            throw new IllegalStateException(this + " can't be freed, detach it first from "
                    + holders.stream().map(Attachment::toString).collect(Collectors.joining("; ")));
        }
        if (!above.isEmpty()) {
            throw new IllegalStateException(this + " can't be freed, free first what is nested on it: "
                    + above.stream().map(IopfDomain::toString).collect(Collectors.joining("; ")));
        }
        if (first && secondStage != null) {
            secondStage.unnest(this);
        }
    }

    private void unnest(IopfDomain above) {
        synchronized (attachments) {
            nestedHere.remove(above);
        }
    }

    @Override
    public String kind() {
        return handlers.kind();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public PageTable pageTable() {
        return pageTable;
    }

    @Override
    public boolean nested() {
        return nested;
    }

    @Override
    public String toString() {
        return "domain " + name + " of kind " + kind();
    }
}
