// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.userfault.internal.QueueSettings;
import io.pgfault.userfault.internal.UserDomain;
import io.pgfault.userfault.internal.UserFaultHandler;
import io.pgfault.userfault.internal.memory.GuestMemory;
import io.pgfault.userfault.spec.ControlRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Fault queues for user space without their configuration, and the yardstick beside them. */
final class UserQueue {
    /** The kind of the domains. */
    static final String KIND = UserFaultHandler.DOMAIN_KIND;

    /** How many groups a client may have. */
    static final int IN_FLIGHT = 256;

    private static final int PAGES = 1 << 20;
    private static final int WAITING = 1024;
    /** How many groups a client with first stages may have, and how many may wait. */
    private static final int NESTED = 64;

    private static final int EVENTS = 4;

    private UserQueue() {}

    private static void failed() {
        throw new AssertionError("a queue ended by itself");
    }

    /** Starts a queue whose client makes pages present by its answers. */
    static UserDomain start(IoPageFaults faults, Path path, Duration grace) throws IOException {
        UserDomain domain = UserDomain.of(
                faults, settings(path, IN_FLIGHT, WAITING, grace), PAGES, Optional.empty(), UserQueue::failed);
        domain.start();
        return domain;
    }

    /** Starts a queue whose client attaches first stages of VT-d, with the socket {@code path.events} for events. */
    static UserDomain startNested(IoPageFaults faults, Path path, Path memory, long base, Duration grace)
            throws IOException {
        return startNested(faults, path, memory, base, grace, ControlRecord.VTD_S1);
    }

    /**
     * As {@link #startNested(IoPageFaults, Path, Path, long, Duration)}.
     *
     * @param type of the client's structures, see {@link ControlRecord}
     */
    static UserDomain startNested(IoPageFaults faults, Path path, Path memory, long base, Duration grace, int type)
            throws IOException {
        return startNested(faults, path, new GuestMemory(path.getFileName() + ".memory", memory, base), grace, type);
    }

    /** As above, with the client's memory. */
    static UserDomain startNested(IoPageFaults faults, Path path, GuestMemory memory, Duration grace, int type)
            throws IOException {
        UserDomain domain = UserDomain.nested(
                faults,
                settings(path, NESTED, NESTED, grace),
                type,
                memory,
                Optional.of(Path.of(path + ".events")),
                EVENTS,
                UserQueue::failed);
        domain.start();
        return domain;
    }

    private static QueueSettings settings(Path path, int inFlight, int waiting, Duration grace) {
        String name = path.getFileName().toString();
        return new QueueSettings(
                name, path, QueueSettings.mode(name, "0600"), Set.of(), inFlight, waiting, grace.toNanos());
    }

    /** The handler of all queues. */
    static FaultHandler handler() {
        return new UserFaultHandler();
    }

    /**
     * The yardstick: a handler that answers SUCCESS at once, after it has granted the pages of the group in its own
     * page table.
     */
    static final class Granting implements PageTable, FaultHandler {
        private final Map<Long, Long> pages = new ConcurrentHashMap<>();

        @Override
        public Disposition handle(FaultGroup group) {
            for (int i = 0; i < group.size(); i++) {
                pages.put(group.address(i) >> 12, Translation.of(group.address(i), group.permissions(i)));
            }
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        }

        @Override
        public long walk(long address) {
            return pages.getOrDefault(address >> 12, Translation.NONE);
        }
    }
}
