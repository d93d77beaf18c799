// SPDX-License-Identifier: Apache-2.0
package io.pgfault.metrics.internal;

import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.Trouble;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.felix.hc.api.FormattingResultLog;
import org.apache.felix.hc.api.HealthCheck;
import org.apache.felix.hc.api.Result;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The core's troubles as a Felix Health Check: critical for what is wrong now, a warning for a deadline, a bound or an
 * overflow that was counted since the check was asked last. A container without the health check bundles never asks for
 * this service and never loads its class. The executor's threads enter.
 */
@Component(
        service = HealthCheck.class,
        property = {"hc.name=I/O page faults", "hc.tags=io.pgfault", "hc.mbean.name=io.pgfault"})
public final class FaultHealthCheck implements HealthCheck {
    private final FaultWatch watch;
    /** The counts of the last time by kind and subject. Guarded by itself. */
    private final Map<String, Long> before = new HashMap<>();

    /** Called by Declarative Services. */
    @Activate
    public FaultHealthCheck(@Reference FaultWatch watch) {
        this.watch = watch;
    }

    @Override
    public Result execute() {
        FormattingResultLog log = new FormattingResultLog();
        List<Trouble> troubles = watch.troubles();
        if (troubles.isEmpty()) {
            // A result without an entry is a warning.
            log.info("nothing is wrong");
        }
        synchronized (before) {
            for (Trouble trouble : troubles) {
                if (trouble.kind().isNow()) {
                    log.critical("{}", trouble.text());
                    continue;
                }
                Long seen = before.put(trouble.kind() + " " + trouble.subject(), trouble.count());
                long fresh = trouble.count() - (seen == null ? 0 : seen);
                if (fresh > 0) {
                    log.warn("{} more: {}", fresh, trouble.text());
                } else {
                    log.info("{} before, none since: {}", trouble.count(), trouble.text());
                }
            }
        }
        return new Result(log);
    }
}
