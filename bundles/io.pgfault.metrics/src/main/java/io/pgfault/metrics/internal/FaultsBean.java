// SPDX-License-Identifier: Apache-2.0
package io.pgfault.metrics.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.Latency;
import io.pgfault.api.watch.AnsweredGroups;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.Trouble;
import io.pgfault.api.watch.WatchedDevice;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.ObjectName;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Registers the MXBean while there are a core and a configuration of {@code io.pgfault.metrics}: the classes of JMX
 * take longer to load than a small replay takes. Any thread.
 */
@Component(
        service = FaultsBean.class,
        immediate = true,
        configurationPid = "io.pgfault.metrics",
        configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class FaultsBean implements FaultsMXBean {
    private static final String NAME = "io.pgfault:type=Faults";

    private final IoPageFaults faults;
    private final FaultWatch watch;

    /**
     * Registers the bean.
     *
     * @throws JMException if a bean of that name is there already
     */
    @Activate
    public FaultsBean(@Reference IoPageFaults faults, @Reference FaultWatch watch) throws JMException {
        this.faults = faults;
        this.watch = watch;
        ManagementFactory.getPlatformMBeanServer().registerMBean(this, new ObjectName(NAME));
    }

    @Deactivate
    void deactivate() throws JMException {
        ManagementFactory.getPlatformMBeanServer().unregisterMBean(new ObjectName(NAME));
    }

    @Override
    public Map<String, Map<String, Long>> getUnitCounters() {
        Map<String, Map<String, Long>> all = new TreeMap<>();
        for (FaultQueue queue : faults.queues()) {
            all.put(queue.name(), values(queue.counters()));
        }
        return all;
    }

    @Override
    public Map<String, Map<String, Long>> getDeviceCounters() {
        Map<String, Map<String, Long>> all = new TreeMap<>();
        for (WatchedDevice device : watch.devices()) {
            all.put(device.unit() + "/" + device.name(), values(device.counters()));
        }
        return all;
    }

    private static Map<String, Long> values(Counters counters) {
        Map<String, Long> values = new TreeMap<>();
        for (Counter counter : Counter.values()) {
            values.put(counter.name(), counters.get(counter));
        }
        return values;
    }

    @Override
    public Map<String, Map<String, Map<String, Long>>> getAnsweredGroups() {
        Map<String, Map<String, Map<String, Long>>> all = new TreeMap<>();
        for (AnsweredGroups groups : watch.answered()) {
            all.computeIfAbsent(groups.unit() + "/" + groups.device(), device -> new TreeMap<>())
                    .put(
                            groups.handler(),
                            new TreeMap<>(Map.of(
                                    Counter.SUCCESS.name(), groups.success(),
                                    Counter.INVALID.name(), groups.invalid(),
                                    Counter.FAILURE.name(), groups.failure())));
        }
        return all;
    }

    @Override
    public Map<String, Map<String, Long>> getLatencyNanos() {
        Map<String, Map<String, Long>> all = new TreeMap<>();
        for (FaultQueue queue : faults.queues()) {
            Latency latency = queue.latency();
            all.put(
                    queue.name(),
                    new TreeMap<>(Map.of(
                            "count", latency.count(),
                            "p50", latency.p50(),
                            "p90", latency.p90(),
                            "p99", latency.p99(),
                            "p999", latency.p999(),
                            "max", latency.max())));
        }
        return all;
    }

    @Override
    public int getPendingGroups() {
        return watch.pending().size();
    }

    @Override
    public long getOldestGroupAgeNanos() {
        return watch.pending().stream().mapToLong(PendingGroup::ageNanos).max().orElse(0);
    }

    @Override
    public List<String> getTroubles() {
        return watch.troubles().stream().map(Trouble::text).toList();
    }
}
