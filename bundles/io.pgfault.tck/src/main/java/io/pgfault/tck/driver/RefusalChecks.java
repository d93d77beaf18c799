// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.Counter;
import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.bus.Downstream;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
import io.pgfault.tck.UnitUnderTest.FaultKind;
import java.util.List;

/**
 * The check of a driver for requests that its own checks refuse (rule V05). Which requests a driver refuses is the
 * business of its specification; a driver that refuses a request must poison or answer the group, and must count the
 * request.
 */
final class RefusalChecks {
    private static final int ID = 0x3c;
    private static final int PASID = 3;
    private static final int READ = Permissions.READ;
    private static final long PAGE = 0x2000;

    /**
     * A request that some driver refuses.
     *
     * @param permissions bits of {@link Permissions}
     * @param address byte address
     */
    private record Odd(String name, int permissions, long address) {}

    private static final List<Odd> ODD = List.of(
            new Odd("privileged with read", Permissions.PRIV | READ, PAGE),
            new Odd("execute with read", Permissions.EXEC | READ, PAGE),
            new Odd("an address that isn't canonical", READ, 0x8000_0000_0000_0000L));

    private RefusalChecks() {}

    static void refused(DriverBench bench) throws Exception {
        KitDevice device = bench.connect(FaultKind.PAGE_REQUESTS, ID);
        bench.attach(device, PASID, PageTable.EMPTY);
        int group = 0;
        for (Odd odd : ODD) {
            last(bench, device, odd, group++);
            notLast(bench, device, odd, group++);
        }
    }

    /** Sends a good request and an odd last one: reported together, or refused together. */
    private static void last(DriverBench bench, KitDevice device, Odd odd, int group) throws Exception {
        long before = badRequests(bench);
        bench.handler().forget();
        device.ask(PASID, group, READ, PAGE, false);
        device.ask(PASID, group, odd.permissions, odd.address, true);
        device.awaitAnswers(Rule.V05);
        if (!bench.handler().seen().isEmpty()) {
            mustBeWhole(bench, odd);
            return;
        }
        mustBeRefused(bench, device, odd, group, before);
        device.ask(PASID, group, READ, PAGE, true);
        device.awaitAnswers(Rule.V05);
        if (bench.handler().seen().size() != 1
                || bench.handler().seen().get(0).requests().size() != 1) {
            throw new RuleBroken(
                    Rule.V05,
                    "the last request of a group was refused (" + odd.name
                            + "), and the next group of that index came as "
                            + bench.handler().seen() + ": partials of the refused group were kept");
        }
    }

    /** Sends an odd request and a good last one: reported together, or the group is poisoned. */
    private static void notLast(DriverBench bench, KitDevice device, Odd odd, int group) throws Exception {
        long before = badRequests(bench);
        bench.handler().forget();
        device.ask(PASID, group, odd.permissions, odd.address, false);
        device.ask(PASID, group, READ, PAGE, true);
        device.awaitAnswers(Rule.V05);
        if (bench.handler().seen().isEmpty()) {
            mustBeRefused(bench, device, odd, group, before);
        } else {
            mustBeWhole(bench, odd);
        }
    }

    private static void mustBeWhole(DriverBench bench, Odd odd) {
        if (bench.handler().seen().get(0).requests().size() != 2) {
            throw new RuleBroken(
                    Rule.V05,
                    "a request was refused (" + odd.name
                            + "), and the rest of its group came to the handler: the group has to be poisoned");
        }
    }

    private static void mustBeRefused(DriverBench bench, KitDevice device, Odd odd, int group, long before) {
        if (device.code(PASID, group) != Downstream.INVALID_REQUEST) {
            throw new RuleBroken(
                    Rule.V05,
                    "a request was refused (%s), and its group was answered 0x%x instead of INVALID"
                            .formatted(odd.name, device.code(PASID, group)));
        }
        if (badRequests(bench) != before + 1) {
            throw new RuleBroken(
                    Rule.V05,
                    "a request was refused (" + odd.name + "), and " + (badRequests(bench) - before)
                            + " bad requests were counted");
        }
    }

    private static long badRequests(DriverBench bench) {
        FaultQueue queue = bench.subject().unit().queue();
        return queue.counters().get(Counter.BAD_REQUESTS);
    }
}
