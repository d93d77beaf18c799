// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.domain;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.core.internal.handler.HandlerChain;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A domain, the handlers of its kind, and where it is attached (rule C19). Any thread. */
public final class IopfDomain implements Domain {
    private final HandlerChain handlers;
    private final String name;
    private final PageTable pageTable;
    private final boolean nested;
    /** Where the domain is attached; an attachment stays until its groups have been answered. Guarded by itself. */
    private final List<Attachment> attachments = new ArrayList<>();

    /** Whether the owner has freed the domain. Guarded by {@code attachments}. */
    private boolean freed;

    /** A domain that is attached nowhere. */
    public IopfDomain(HandlerChain handlers, String name, PageTable pageTable, boolean nested) {
        this.handlers = handlers;
        this.name = name;
        this.pageTable = pageTable;
        this.nested = nested;
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
        synchronized (attachments) {
            holders = List.copyOf(attachments);
            freed |= holders.isEmpty();
        }
        if (!holders.isEmpty()) {
            throw new IllegalStateException(this + " can't be freed, detach it first from "
                    + holders.stream().map(Attachment::toString).collect(Collectors.joining("; ")));
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
