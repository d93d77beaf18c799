// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.Translation;
import io.pgfault.tck.Rule;
import io.pgfault.tck.RuleBroken;
import io.pgfault.tck.UnitUnderTest.FaultKind;

/**
 * The checks of a driver for what devices cache: a device with address translation services keeps its translations
 * while the thread of the check attaches, replaces and detaches domains, nested domains among them.
 */
final class CacheChecks {
    private static final int ID = 0x38;
    private static final int SERVED = 5;
    private static final int NEIGHBOUR = 6;
    private static final long PAGE = 0x7000_0000_5000L;
    private static final long FIRST = Translation.of(0x1234_5000, Permissions.READ);
    private static final long SECOND = Translation.of(0x5432_1000, Permissions.READ);

    private CacheChecks() {}

    /** Detaches a nested domain that has served a PASID. */
    static void ownerDetached(DriverBench bench) {
        KitDevice device = served(bench);
        bench.core().faults().detach(device.upstream().device(), Pasid.NONE);
        expect(device, SERVED, Translation.NONE, "the nested domain was detached");
        expect(device, Pasid.NONE, Translation.NONE, "the nested domain was detached");
    }

    /** Attaches an empty domain to a PASID that a nested domain has served, and detaches the empty domain. */
    static void pasidTakenOver(DriverBench bench) {
        KitDevice device = served(bench);
        bench.attach(device, SERVED, PageTable.EMPTY);
        if (device.upstream().translate(SERVED, PAGE) != Translation.NONE) {
            throw new RuleBroken(
                    Rule.C06, "a PASID has a domain of its own, and the nested domain of the device translates for it");
        }
        expect(device, SERVED, Translation.NONE, "an empty domain was attached to the PASID");
        expect(device, NEIGHBOUR, FIRST, "an empty domain was attached to another PASID");
        bench.core().faults().detach(device.upstream().device(), SERVED);
        expect(device, SERVED, FIRST, "the empty domain was detached, and the nested domain serves the PASID again");
    }

    /** Replaces a nested domain by another one, and this one by a domain that isn't nested. */
    static void ownerReplaced(DriverBench bench) {
        KitDevice device = served(bench);
        bench.attach(device, Pasid.NONE, onePage(SECOND), true);
        expect(device, SERVED, SECOND, "the nested domain was replaced");
        expect(device, Pasid.NONE, SECOND, "the nested domain was replaced");
        bench.attach(device, Pasid.NONE, onePage(FIRST), false);
        expect(device, SERVED, Translation.NONE, "the nested domain was replaced by a domain that isn't nested");
        expect(device, Pasid.NONE, FIRST, "the nested domain was replaced by a domain that isn't nested");
    }

    /** Replaces the domain of a PASID. */
    static void pasidReplaced(DriverBench bench) {
        KitDevice device = bench.connect(FaultKind.PAGE_REQUESTS, ID);
        bench.attach(device, SERVED, onePage(FIRST));
        expect(device, SERVED, FIRST, "attached");
        bench.attach(device, SERVED, onePage(SECOND));
        expect(device, SERVED, SECOND, "the domain of the PASID was replaced");
        bench.core().faults().detach(device.upstream().device(), SERVED);
        expect(device, SERVED, Translation.NONE, "the domain of the PASID was detached");
    }

    /** Unmaps a page of a nested domain. */
    static void unmapped(DriverBench bench) {
        long[] mapped = {FIRST};
        KitDevice device = bench.connect(FaultKind.PAGE_REQUESTS, ID);
        Domain domain =
                bench.attach(device, Pasid.NONE, address -> onePage(mapped[0]).walk(address), true);
        expect(device, SERVED, FIRST, "a nested domain was attached");
        mapped[0] = Translation.NONE;
        bench.core().faults().invalidate(domain, PAGE, PAGE + Translation.PAGE_SIZE - 1);
        expect(device, SERVED, Translation.NONE, "the page was unmapped from the nested domain");
    }

    /**
     * Returns a device whose cache holds the page for a PASID, for a second one and for none, all by a nested domain.
     */
    private static KitDevice served(DriverBench bench) {
        KitDevice device = bench.connect(FaultKind.PAGE_REQUESTS, ID);
        bench.attach(device, Pasid.NONE, onePage(FIRST), true);
        for (int pasid : new int[] {SERVED, NEIGHBOUR, Pasid.NONE}) {
            long translation = device.translate(pasid, PAGE);
            if (translation != FIRST) {
                throw new RuleBroken(
                        Rule.C06,
                        "a nested domain is attached without a PASID, and PASID %d translates to 0x%x instead of 0x%x"
                                .formatted(pasid, translation, FIRST));
            }
        }
        return device;
    }

    private static PageTable onePage(long translation) {
        return address ->
                address >>> Translation.PAGE_SHIFT == PAGE >>> Translation.PAGE_SHIFT ? translation : Translation.NONE;
    }

    private static void expect(KitDevice device, int pasid, long expected, String state) {
        long translation = device.translate(pasid, PAGE);
        if (translation != expected) {
            throw new RuleBroken(
                    Rule.S06,
                    "%s, and a device with a translation cache uses 0x%x for 0x%x of %s; the right translation is 0x%x"
                            .formatted(
                                    state,
                                    translation,
                                    PAGE,
                                    pasid == Pasid.NONE ? "no PASID" : "PASID " + pasid,
                                    expected));
        }
    }
}
