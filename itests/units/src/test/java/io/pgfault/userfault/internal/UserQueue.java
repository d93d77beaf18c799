// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultHandler;
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
}
