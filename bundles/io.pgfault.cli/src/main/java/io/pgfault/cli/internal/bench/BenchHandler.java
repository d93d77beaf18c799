// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.bench;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Upstream;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Sva;
import io.pgfault.bench.FaultingSpace;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.Platform;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** The handler that answers under load. */
enum BenchHandler {
    /** A handler that answers at once, on the unit's event thread. */
    INLINE,
    /** A handler that answers at once, on the queue's workers. */
    WORKERS,
    /** The SVA handler, for pages that are there after the first round. */
    SVA;

    /** Attaches domains of the handler to a device and its PASIDs. */
    @FunctionalInterface
    interface Attaching {
        void attach(Upstream device, int firstPasid);
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

    /** Makes domains for the first {@code pasids} PASIDs; all devices share these domains. */
    Attaching prepare(Platform platform, int pasids) throws IOException, InterruptedException {
        IoPageFaults faults = platform.service(IoPageFaults.class);
        if (this == SVA) {
            Sva sva = platform.service(Sva.class);
            Area everything = new Area(0, -1L, Permissions.READ, true, 0, "");
            List<AddressSpace> spaces = IntStream.range(0, pasids)
                    .<AddressSpace>mapToObj(i -> new FaultingSpace(sva.create("bench " + i, List.of(everything))))
                    .toList();
            return (device, firstPasid) -> {
                for (int i = 0; i < pasids; i++) {
                    sva.bind(device.device(), spaces.get(i), firstPasid + i);
                }
            };
        }
        String kind = "bench." + cliName();
        platform.serve(kind, this == INLINE, group -> {
            group.respond(ResponseCode.SUCCESS);
            return Disposition.TAKEN;
        });
        List<Domain> domains = new ArrayList<>();
        for (int i = 0; i < pasids; i++) {
            domains.add(faults.allocateDomain(kind, "bench " + i, PageTable.EMPTY, false));
        }
        return (device, firstPasid) -> {
            for (int i = 0; i < pasids; i++) {
                faults.attach(device.device(), firstPasid + i, domains.get(i));
            }
        };
    }
}
