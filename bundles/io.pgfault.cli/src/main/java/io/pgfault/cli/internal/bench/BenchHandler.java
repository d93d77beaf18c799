// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.bench;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.bench.FaultingSpace;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.osgi.framework.ServiceRegistration;

/** The handler that answers under load. */
enum BenchHandler {
    /** A handler that answers at once, on the unit's event thread. */
    INLINE,
    /** A handler that answers at once, on the queue's workers. */
    WORKERS,
    /** The SVA handler, for pages that are there after the first round. */
    SVA;

    /** The domains of the handler, for all devices of a bench. The thread of the command calls both methods. */
    interface Domains extends AutoCloseable {
        /** Attaches the domains to the PASIDs of a device, from {@code firstPasid} on. */
        void attach(Upstream device, int firstPasid);

        /** Gives back domains, address spaces and handler. The devices have left the unit. */
        @Override
        void close();
    }

    /** Returns the handler of a name on the command line. */
    static BenchHandler named(String name) throws BadInput {
        for (BenchHandler handler : values()) {
            if (handler.cliName().equals(name)) {
                return handler;
            }
        }
        throw new BadInput("--handler " + name + ": not one of inline, workers, sva");
    }

    String cliName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Makes a domain for each of {@code pasids} PASIDs. */
    Domains prepare(Platform platform, int pasids) throws IOException, InterruptedException {
        return this == SVA ? new OfSpaces(platform, pasids) : new OfHandler(platform, pasids, this);
    }

    /** Address spaces that the SVA handler populates. */
    private static final class OfSpaces implements Domains {
        private final Sva sva;
        private final List<AddressSpace> spaces = new ArrayList<>();
        private final List<Binding> bindings = new ArrayList<>();

        OfSpaces(Platform platform, int pasids) throws IOException, InterruptedException {
            sva = platform.service(Sva.class);
            Area everything = new Area(0, -1L, Permissions.READ, true, 0, "");
            for (int i = 0; i < pasids; i++) {
                spaces.add(new FaultingSpace(sva.create("bench " + i, List.of(everything))));
            }
        }

        @Override
        public void attach(Upstream device, int firstPasid) {
            for (int i = 0; i < spaces.size(); i++) {
                bindings.add(sva.bind(device.device(), spaces.get(i), firstPasid + i));
            }
        }

        @Override
        public void close() {
            bindings.forEach(Binding::close);
            spaces.forEach(AddressSpace::close);
        }
    }

    /** Domains of a handler that answers at once. */
    private static final class OfHandler implements Domains {
        private final IoPageFaults faults;
        private final ServiceRegistration<FaultHandler> handler;
        private final List<Domain> domains = new ArrayList<>();

        OfHandler(Platform platform, int pasids, BenchHandler which) throws IOException, InterruptedException {
            faults = platform.service(IoPageFaults.class);
            String kind = "bench." + which.cliName();
            handler = platform.serve(kind, which == INLINE, group -> {
                group.respond(ResponseCode.SUCCESS);
                return Disposition.TAKEN;
            });
            for (int i = 0; i < pasids; i++) {
                domains.add(faults.allocateDomain(kind, "bench " + i, PageTable.EMPTY, false));
            }
        }

        @Override
        public void attach(Upstream device, int firstPasid) {
            for (int i = 0; i < domains.size(); i++) {
                faults.attach(device.device(), firstPasid + i, domains.get(i));
            }
        }

        @Override
        public void close() {
            domains.forEach(Domain::free);
            handler.unregister();
        }
    }
}
