// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.userfault.internal.memory.GuestMemory;
import io.pgfault.userfault.internal.nest.Nest;
import io.pgfault.userfault.spec.ControlRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** A fault queue for user space without its configuration, and its domain. */
public final class UserQueue implements AutoCloseable {
    /** The kind of its domain. */
    public static final String KIND = UserFaultHandler.DOMAIN_KIND;

    /** How many groups its client may have. */
    public static final int IN_FLIGHT = 256;

    private static final int PAGES = 1 << 20;
    private static final int WAITING = 1024;

    private final IoPageFaults faults;
    private final FaultSocket socket;
    private final Domain domain;

    public UserQueue(IoPageFaults faults, Path path, Duration grace) throws IOException {
        this.faults = faults;
        this.socket = new FaultSocket(
                new QueueSettings(
                        "vm0", path, UserFaultQueue.mode("vm0", "0600"), Set.of(), IN_FLIGHT, WAITING, grace.toNanos()),
                PAGES,
                Optional.empty(),
                () -> {});
        this.domain = faults.allocateDomain(KIND, "vm0", socket.space(), false);
        socket.start();
    }

    public Domain domain() {
        return domain;
    }

    /** The handler of all queues. */
    public static FaultHandler handler() {
        return new UserFaultHandler();
    }

    /** The address space of such a domain without a queue. */
    public static PageTable space() {
        return new UserSpace("jvm", new WaitingGroups(1, 1, () -> {}), PAGES, Optional.empty());
    }

    /** A handler that answers SUCCESS to every group at once: the yardstick. */
    public static FaultHandler granting() {
        return group -> {
            UserSpace space = (UserSpace) group.domain().pageTable();
            synchronized (space) {
                space.grant(group);
            }
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        };
    }

    @Override
    public void close() {
        faults.detach(domain);
        socket.close();
        domain.free();
    }

    /** A fault queue whose client attaches first stages of VT-d, without its configuration. */
    public static final class Nested implements AutoCloseable {
        private final FaultSocket socket;
        private final EventSocket events;
        private final Nest nest;

        /** Opens the sockets {@code path} and {@code path.events}. */
        public Nested(IoPageFaults faults, Path path, Path memory, long base, Duration grace) throws IOException {
            QueueSettings settings = new QueueSettings(
                    path.getFileName().toString(),
                    path,
                    UserFaultQueue.mode("vm0", "0600"),
                    Set.of(),
                    64,
                    64,
                    grace.toNanos());
            this.socket = new FaultSocket(settings, 1, Optional.empty(), () -> {});
            this.events = new EventSocket(settings, Path.of(path + ".events"), 4);
            this.nest = new Nest(
                    faults,
                    settings.name(),
                    UserFaultHandler.DOMAIN_KIND,
                    ControlRecord.VTD_S1,
                    new GuestMemory(settings.name() + ".memory", memory, base),
                    socket.space(),
                    Optional.of(events.ring()),
                    socket::wakeUp);
            socket.takeControlRecords(nest.control());
            nest.control().start();
            events.start();
            socket.start();
        }

        /** The domain that assigns devices to the client. */
        public Domain assigned() {
            return nest.assigned();
        }

        /** Whether events wait that are not on their way to the client. */
        public boolean hasEvents() {
            return !events.ring().isEmpty();
        }

        @Override
        public void close() {
            nest.close();
            socket.close();
            events.close();
        }
    }
}
