// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.check;

import io.pgfault.api.sva.Sva;
import io.pgfault.tck.Check;
import io.pgfault.tck.RuleBroken;
import io.pgfault.tck.UnitUnderTest.FaultKind;
import io.pgfault.tck.driver.DriverService;
import io.pgfault.tck.handler.HandlerKit;
import io.pgfault.tck.handler.HandlerService;
import java.util.List;
import java.util.Set;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/**
 * The conformance kit on what a bundle registers. The kit starts the bundle for each check and stops the bundle after
 * it. The thread of the command makes one check after the other.
 */
final class KitRun {
    private final BundleContext context;
    private final Findings findings;

    KitRun(BundleContext context, Findings findings) {
        this.context = context;
        this.findings = findings;
    }

    /** Checks the handler of kind sva that a bundle registers, with address spaces of {@code sva}. */
    void handler(Bundle bundle, Sva sva) {
        run(new HandlerKit(HandlerService.of(context, bundle, sva)).checks());
    }

    /** Checks the unit of that name, which a bundle registers, with the core of this container. */
    void unit(Bundle bundle, String name, Set<FaultKind> faults) {
        run(DriverService.kit(context, bundle, name, faults).checks());
    }

    private void run(List<Check> checks) {
        int kept = 0;
        for (Check check : checks) {
            String broken = broken(check);
            if (broken.isEmpty()) {
                kept++;
            } else {
                findings.bad("the kit's check \"%s\": %s".formatted(check.name(), broken));
            }
        }
        findings.good("%d of %d checks of the conformance kit".formatted(kept, checks.size()));
    }

    /** What the check finds, in one line; empty if no rule is broken. */
    private static String broken(Check check) {
        try {
            check.run();
            return "";
        } catch (RuleBroken e) {
            return "rule " + oneLine(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } catch (Exception | AssertionError e) {
            // A stranger's bundle throws what it likes: the rule of the check counts as broken, for this cause.
            return "rule " + check.rule() + " can't be checked: " + oneLine(String.valueOf(e));
        }
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ");
    }
}
