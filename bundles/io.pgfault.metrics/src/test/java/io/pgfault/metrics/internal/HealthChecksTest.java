// SPDX-License-Identifier: Apache-2.0
package io.pgfault.metrics.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.watch.AnsweredGroups;
import io.pgfault.api.watch.FaultWatch;
import io.pgfault.api.watch.PendingGroup;
import io.pgfault.api.watch.Trouble;
import io.pgfault.api.watch.WatchedClient;
import io.pgfault.api.watch.WatchedDevice;
import io.pgfault.api.watch.WatchedHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.felix.hc.api.Result;
import org.apache.felix.hc.api.ResultLog;
import org.junit.jupiter.api.Test;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.component.runtime.dto.UnsatisfiedReferenceDTO;

/** What the health checks say of troubles and of components that the test makes up. */
class HealthChecksTest {
    private final List<Trouble> troubles = new ArrayList<>();
    private final FaultHealthCheck faults = new FaultHealthCheck(new FaultWatch() {
        @Override
        public List<WatchedDevice> devices() {
            return List.of();
        }

        @Override
        public List<WatchedClient> clients() {
            return List.of();
        }

        @Override
        public List<PendingGroup> pending() {
            return List.of();
        }

        @Override
        public List<WatchedHandler> handlers() {
            return List.of();
        }

        @Override
        public List<AnsweredGroups> answered() {
            return List.of();
        }

        @Override
        public List<Trouble> troubles() {
            return List.copyOf(troubles);
        }

        @Override
        public long deadlineNanos() {
            return 10_000_000_000L;
        }
    });

    private static String text(Result result) {
        return String.join(
                "\n",
                StreamSupport.stream(result.spliterator(), false)
                        .map(ResultLog.Entry::getMessage)
                        .toList());
    }

    @Test
    void withoutTrouble_itIsOk() {
        assertThat(faults.execute().getStatus()).isEqualTo(Result.Status.OK);
    }

    @Test
    void whatIsWrongNow_isCritical_asLongAsItIs() {
        troubles.add(new Trouble(Trouble.Kind.STUCK_GROUPS, "dmar0/nic0", 2, "2 groups of nic0 wait"));
        for (int i = 0; i < 2; i++) {
            Result result = faults.execute();
            assertThat(result.getStatus()).isEqualTo(Result.Status.CRITICAL);
            assertThat(text(result)).contains("2 groups of nic0 wait");
        }
        troubles.clear();
        assertThat(faults.execute().getStatus()).isEqualTo(Result.Status.OK);
    }

    @Test
    void whatHappened_warnsOnce_andAgainWhenThereIsMore() {
        troubles.add(new Trouble(Trouble.Kind.DEADLINES_MISSED, "dmar0/nic0", 3, "late"));
        assertThat(text(faults.execute())).contains("3 more: late");
        Result second = faults.execute();
        assertThat(second.getStatus()).isEqualTo(Result.Status.OK);
        assertThat(text(second)).contains("3 before, none since: late");
        troubles.set(0, new Trouble(Trouble.Kind.DEADLINES_MISSED, "dmar0/nic0", 5, "late"));
        Result third = faults.execute();
        assertThat(third.getStatus()).isEqualTo(Result.Status.WARN);
        assertThat(text(third)).contains("2 more: late");
    }

    @Test
    void theSameKindElsewhere_isCountedByItself() {
        troubles.add(new Trouble(Trouble.Kind.QUEUE_OVERFLOWED, "dmar0", 4, "first unit"));
        faults.execute();
        troubles.add(new Trouble(Trouble.Kind.QUEUE_OVERFLOWED, "smmu0", 4, "second unit"));
        assertThat(text(faults.execute())).contains("4 before, none since: first unit", "4 more: second unit");
    }

    @Test
    void aFailedComponentIsCritical_andOneThatWaitsIsAWarning() {
        assertThat(components("io.pgfault.vtd.unit", ComponentConfigurationDTO.FAILED_ACTIVATION)
                        .getStatus())
                .isEqualTo(Result.Status.CRITICAL);
        Result waits = components("io.pgfault.vtd.unit", ComponentConfigurationDTO.UNSATISFIED_REFERENCE);
        assertThat(waits.getStatus()).isEqualTo(Result.Status.WARN);
        assertThat(text(waits)).contains("io.pgfault.vtd.unit~dmar0 waits for core");
        assertThat(components("io.pgfault.vtd.unit", ComponentConfigurationDTO.ACTIVE)
                        .getStatus())
                .isEqualTo(Result.Status.OK);
    }

    /** A unit that was refused has a component that works, and is missing all the same. */
    @Test
    void aRefusedConfigurationIsCritical() {
        ServiceComponentRuntime none = (ServiceComponentRuntime) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ServiceComponentRuntime.class},
                (proxy, method, arguments) -> List.of());
        Result result = new ComponentsHealthCheck(none, () -> List.of("small: stall.max is 0")).execute();
        assertThat(result.getStatus()).isEqualTo(Result.Status.CRITICAL);
        assertThat(text(result)).contains("small: stall.max is 0");
    }

    @Test
    void componentsOfOthers_areNotAsked() {
        assertThat(components("com.example.unit", ComponentConfigurationDTO.FAILED_ACTIVATION)
                        .getStatus())
                .isEqualTo(Result.Status.OK);
    }

    private static Result components(String name, int state) {
        ComponentDescriptionDTO description = new ComponentDescriptionDTO();
        description.name = name;
        UnsatisfiedReferenceDTO missing = new UnsatisfiedReferenceDTO();
        missing.name = "core";
        ComponentConfigurationDTO component = new ComponentConfigurationDTO();
        component.description = description;
        component.state = state;
        component.properties = Map.of("service.pid", name + "~dmar0");
        component.unsatisfiedReferences = new UnsatisfiedReferenceDTO[] {missing};
        Map<String, Object> answers = Map.of(
                "getComponentDescriptionDTOs", List.of(description),
                "getComponentConfigurationDTOs", List.of(component));
        ServiceComponentRuntime runtime = (ServiceComponentRuntime) Proxy.newProxyInstance(
                HealthChecksTest.class.getClassLoader(),
                new Class<?>[] {ServiceComponentRuntime.class},
                (proxy, method, arguments) -> answers.get(method.getName()));
        return new ComponentsHealthCheck(runtime, List::of).execute();
    }
}
