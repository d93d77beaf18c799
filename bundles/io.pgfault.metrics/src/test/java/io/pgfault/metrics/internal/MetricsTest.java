// SPDX-License-Identifier: Apache-2.0
package io.pgfault.metrics.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.driver.Latency;
import io.pgfault.api.watch.AnsweredGroups;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.Trouble;
import io.pgfault.api.watch.WatchedClient;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.api.watch.WatchedHandler;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/** What a monitoring system reads, of a core that the test makes up. */
class MetricsTest {
    /** One sample: name, labels, value (Prometheus exposition formats, text format). */
    private final Counters counts = new Counters() {
        @Override
        public long get(Counter counter) {
            return switch (counter) {
                case REQUESTS -> 42;
                case SUCCESS -> 30;
                case INVALID -> 2;
                case TIMED_OUT -> 3;
                case OVERFLOWS -> 5;
                default -> 0;
            };
        }

        @Override
        public void add(Counter counter, long delta) {
            throw new UnsupportedOperationException();
        }
    };

    private final FaultWatch watch = new FaultWatch() {
        @Override
        public List<WatchedDevice> devices() {
            return List.of(new WatchedDevice("dmar0", "nic0", 0x10, true, List.of(), 7, 4, counts));
        }

        @Override
        public List<WatchedClient> clients() {
            return List.of();
        }

        @Override
        public List<PendingGroup> pending() {
            return List.of(new PendingGroup(
                    "dmar0",
                    "nic0",
                    0x10,
                    1,
                    2,
                    "d",
                    1,
                    0x1000,
                    1,
                    2_500_000_000L,
                    PendingGroup.State.HANDLER,
                    "sva/1"));
        }

        @Override
        public List<WatchedHandler> handlers() {
            return List.of(new WatchedHandler("sva", "sva/1", 1, 0, false, 32, 7, 500_000_000));
        }

        @Override
        public List<AnsweredGroups> answered() {
            return List.of(
                    new AnsweredGroups("dmar0", "nic0", "sva", 30, 1, 0),
                    new AnsweredGroups("dmar0", "nic0", AnsweredGroups.CORE, 0, 1, 0));
        }

        @Override
        public List<Trouble> troubles() {
            return List.of(new Trouble(Trouble.Kind.DEADLINES_MISSED, "dmar0/nic0", 3, "late"));
        }

        @Override
        public long deadlineNanos() {
            return 10_000_000_000L;
        }
    };

    private IoPageFaults faults() {
        FaultQueue queue = fake(
                FaultQueue.class,
                Map.of(
                        "name",
                        "dmar0",
                        "counters",
                        counts,
                        "latency",
                        new Latency(9, 1_000, 2_000, 3_000, 4_000, 5_000)));
        return fake(IoPageFaults.class, Map.of("queues", List.of(queue)));
    }

    private static <T> T fake(Class<T> type, Map<String, Object> answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) -> answers.get(method.getName())));
    }

    private static MetricsEndpoint.Config config() {
        return (MetricsEndpoint.Config) Proxy.newProxyInstance(
                MetricsTest.class.getClassLoader(),
                new Class<?>[] {MetricsEndpoint.Config.class},
                (proxy, method, arguments) -> method.getName().equals("port") ? (Object) 0 : method.getDefaultValue());
    }

    private static HttpResponse<String> get(String url, String accept) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url))
                                .header("Accept", accept)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aScrapeHasTheCountsInBaseUnits_inBothFormats() throws Exception {
        MetricsEndpoint endpoint = new MetricsEndpoint(config(), faults(), watch);
        try {
            assertThat(endpoint.url()).startsWith("http://127.0.0.1:");
            HttpResponse<String> text = get(endpoint.url(), "text/plain");
            assertThat(text.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain");
            String device = "device=\"nic0\",unit=\"dmar0\"";
            assertThat(Exposition.parse(text.body(), false))
                    .containsEntry("io_pgfault_requests_total{" + device + "}", 42.0)
                    .containsEntry(groups("success", "sva"), 30.0)
                    .containsEntry(groups("invalid", "sva"), 1.0)
                    .containsEntry(groups("failure", "sva"), 0.0)
                    .containsEntry(groups("invalid", "core"), 1.0)
                    .containsEntry("io_pgfault_deadlines_missed_total{" + device + "}", 3.0)
                    .containsEntry("io_pgfault_queue_overflows_total{unit=\"dmar0\"}", 5.0)
                    .containsEntry("io_pgfault_latency_seconds{unit=\"dmar0\",quantile=\"0.99\"}", 3e-6)
                    .containsEntry("io_pgfault_latency_seconds_count{unit=\"dmar0\"}", 9.0)
                    .containsEntry("io_pgfault_pending_groups{" + device + "}", 7.0)
                    .containsEntry("io_pgfault_oldest_group_age_seconds{" + device + "}", 2.5)
                    .containsEntry("io_pgfault_handler_calls_total{handler=\"sva/1\",kind=\"sva\"}", 32.0)
                    .containsEntry("io_pgfault_handler_time_seconds_total{handler=\"sva/1\",kind=\"sva\"}", 0.5)
                    .containsEntry("io_pgfault_troubles{kind=\"deadlines_missed\"}", 3.0)
                    .containsEntry("io_pgfault_troubles{kind=\"stuck_groups\"}", 0.0);
            HttpResponse<String> open = get(endpoint.url(), "application/openmetrics-text; version=1.0.0");
            assertThat(open.headers().firstValue("Content-Type").orElseThrow()).contains("openmetrics-text");
            assertThat(open.body()).contains("# TYPE io_pgfault_groups counter");
            assertThat(Exposition.parse(open.body(), true))
                    .containsEntry("io_pgfault_requests_total{" + device + "}", 42.0)
                    .containsEntry(groups("success", "sva"), 30.0)
                    .containsEntry("io_pgfault_latency_seconds{unit=\"dmar0\",quantile=\"0.99\"}", 3e-6);
        } finally {
            endpoint.deactivate();
        }
    }

    private static String groups(String code, String handler) {
        return "io_pgfault_groups_total{code=\"%s\",device=\"nic0\",handler=\"%s\",unit=\"dmar0\"}"
                .formatted(code, handler);
    }

    @Test
    void theBeanSaysTheSame() throws Exception {
        FaultsBean bean = new FaultsBean(faults(), watch);
        try {
            ObjectName name = new ObjectName("io.pgfault:type=Faults");
            var server = ManagementFactory.getPlatformMBeanServer();
            assertThat(server.getAttribute(name, "PendingGroups")).isEqualTo(1);
            assertThat(server.getAttribute(name, "OldestGroupAgeNanos")).isEqualTo(2_500_000_000L);
            assertThat((String[]) server.getAttribute(name, "Troubles")).containsExactly("late");
            assertThat(bean.getAnsweredGroups().get("dmar0/nic0").get("sva")).containsEntry("SUCCESS", 30L);
            assertThat(bean.getDeviceCounters().get("dmar0/nic0")).containsEntry("REQUESTS", 42L);
        } finally {
            bean.deactivate();
        }
    }
}
