// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.Domain;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.watch.DomainClient;
import io.pgfault.userfault.internal.memory.GuestMemory;
import io.pgfault.userfault.internal.memory.MemoryFile;
import io.pgfault.userfault.internal.nest.Nest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A domain of kind {@code user} with its fault queue. If the client attaches first stages, the queue has a {@link Nest}
 * and may have a socket of events. The thread that makes and ends the domain calls these methods.
 */
public final class UserDomain implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(UserDomain.class.getName());

    private final IoPageFaults faults;
    private final FaultSocket socket;
    /** The socket of events, null without one. */
    private final EventSocket events;
    /** What the client's first stages need, null if the client attaches none. */
    private final Nest nest;

    private final Domain domain;

    /** The thread that constructs the domain owns the three parts until the constructor returns. */
    private UserDomain(IoPageFaults faults, FaultSocket socket, EventSocket events, Nest nest, Domain domain) {
        this.faults = faults;
        this.socket = socket;
        this.events = events;
        this.nest = nest;
        this.domain = domain;
    }

    /**
     * Opens the socket of a domain whose client makes pages present by its answers.
     *
     * @param pages the bound of present pages of the domain
     * @param memory the memory of the pages, empty without memory
     * @param failed called once, by the queue's thread as its last act, if that thread ends without {@link #close}
     * @throws IOException if the socket can't be made; the message says why
     */
    public static UserDomain of(
            IoPageFaults faults, QueueSettings settings, int pages, Optional<MemoryFile> memory, Runnable failed)
            throws IOException {
        FaultSocket socket = new FaultSocket(settings, pages, memory, failed);
        Domain domain = null;
        try {
            domain = faults.allocateDomain(UserFaultHandler.DOMAIN_KIND, settings.name(), socket.space(), false);
        } finally {
            if (domain == null) {
                socket.close();
            }
        }
        return new UserDomain(faults, socket, null, null, domain);
    }

    /**
     * Opens the sockets of a domain whose client attaches first stages.
     *
     * @param type of the client's structures, see {@link io.pgfault.userfault.spec.ControlRecord}
     * @param memory the guest's memory; {@link #close} closes it, and so does this method if it throws
     * @param events the path of the socket of unrecoverable events, empty without one
     * @param depth the bound of events that wait
     * @param failed as for {@link #of}
     * @throws IOException if a socket can't be made; the message says why
     */
    public static UserDomain nested(
            IoPageFaults faults,
            QueueSettings settings,
            int type,
            GuestMemory memory,
            Optional<Path> events,
            int depth,
            Runnable failed)
            throws IOException {
        FaultSocket socket = null;
        EventSocket opened = null;
        Nest nest = null;
        try {
            // One page is enough: first stages translate, and no answer of the client makes a page present.
            socket = new FaultSocket(settings, 1, Optional.empty(), failed);
            if (events.isPresent()) {
                opened = new EventSocket(settings, events.get(), depth);
            }
            nest = new Nest(
                    faults,
                    settings.name(),
                    UserFaultHandler.DOMAIN_KIND,
                    type,
                    memory,
                    socket.space(),
                    Optional.ofNullable(opened).map(EventSocket::ring),
                    socket::wakeUp);
            socket.takeControlRecords(nest.control());
        } finally {
            if (nest == null) {
                memory.close();
                close(opened);
                if (socket != null) {
                    socket.close();
                }
            }
        }
        return new UserDomain(faults, socket, opened, nest, nest.assigned());
    }

    /** Starts the threads: clients are served from now on. */
    public void start() {
        if (nest != null) {
            nest.control().start();
        }
        if (events != null) {
            events.start();
        }
        socket.start();
    }

    /** The domain that devices are attached to. */
    public Domain domain() {
        return domain;
    }

    /** Whether the queue has a client. */
    DomainClient presence() {
        return socket.presence();
    }

    /** Whether events wait that no client has been sent. */
    public boolean hasEvents() {
        return events != null && !events.ring().isEmpty();
    }

    /** Detaches the domain from every device, then ends the queue, which answers every group, and frees the domain. */
    @Override
    public void close() {
        try {
            if (nest != null) {
                nest.close();
            } else {
                faults.detach(domain);
            }
        } finally {
            socket.close();
            close(events);
        }
        if (nest != null) {
            return;
        }
        try {
            domain.free();
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.WARNING, "the domain is still attached after its fault queue has ended", e);
        }
    }

    private static void close(EventSocket events) {
        if (events != null) {
            events.close();
        }
    }
}
