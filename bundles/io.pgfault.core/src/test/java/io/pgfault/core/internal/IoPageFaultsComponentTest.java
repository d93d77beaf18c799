// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.FaultHandler;
import java.lang.reflect.Proxy;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the component makes of service properties and of its configuration: rules R01, R02, R06, C15. */
class IoPageFaultsComponentTest {
    private final RecordingDriver driver = new RecordingDriver();
    private final IoPageFaultsComponent component = new IoPageFaultsComponent(config(Map.of()));

    @AfterEach
    void stop() {
        component.deactivate();
    }

    private static IoPageFaultsComponent.Config config(Map<String, Object> values) {
        return (IoPageFaultsComponent.Config) Proxy.newProxyInstance(
                IoPageFaultsComponentTest.class.getClassLoader(),
                new Class<?>[] {IoPageFaultsComponent.Config.class},
                (proxy, method, arguments) -> values.getOrDefault(method.getName(), method.getDefaultValue()));
    }

    private Device device(String kind) {
        Device device = component.probe(driver, "unit0", "device of " + kind, 1);
        if (component.queues().isEmpty()) {
            component.allocate("unit0");
        }
        component.queues().get(0).add(device);
        component.attach(device, 1, component.allocateDomain(kind, kind, PageTable.EMPTY, false));
        return device;
    }

    private Report last(Device device, int groupId) {
        return component.report(device, CoreTest.request(PageRequest.LAST_PAGE, 1, groupId, 0));
    }

    private static Map<String, Object> properties(long id, Object kind) {
        return Map.of("service.id", id, FaultHandler.DOMAIN_KIND, kind, FaultHandler.INLINE, true);
    }

    @Test
    void r02_aHandlerServesOneKindOrSeveral() {
        component.bindHandler(CoreTest.answering(ResponseCode.SUCCESS), properties(1, "one"));
        component.bindHandler(CoreTest.answering(ResponseCode.FAILURE), properties(2, new String[] {"two", "three"}));
        component.bindHandler(CoreTest.answering(ResponseCode.FAILURE), Map.of("service.id", 3L));

        last(device("one"), 1);
        last(device("two"), 2);
        last(device("three"), 3);

        assertThat(driver.codes()).containsExactly(ResponseCode.SUCCESS, ResponseCode.FAILURE, ResponseCode.FAILURE);
        assertThat(last(device("four"), 4)).isEqualTo(Report.NO_HANDLER);
    }

    @Test
    void r01_handlersComeAndGo() {
        FaultHandler handler = CoreTest.answering(ResponseCode.SUCCESS);
        Device device = device("one");
        component.bindHandler(handler, properties(1, "one"));
        component.unbindHandler(handler, properties(1, "one"));
        assertThat(last(device, 1)).isEqualTo(Report.PARKED);

        component.bindHandler(handler, properties(2, "one"));

        Awaitility.await().until(() -> driver.codes().contains(ResponseCode.SUCCESS));
    }

    @Test
    void r06_aDriverThatGoesTakesItsUnitsDevicesAlong() {
        CoreTest.Keeper keeper = new CoreTest.Keeper();
        component.bindHandler(keeper, properties(1, "one"));
        Device device = device("one");
        last(device, 1);
        component.bindDriver(Map.of("service.id", 5L, IommuDriver.UNIT_NAME, "unit0"));

        component.unbindDriver(Map.of("service.id", 6L, IommuDriver.UNIT_NAME, "unit1"));
        assertThat(driver.responses()).isEmpty();
        component.unbindDriver(Map.of("service.id", 5L, IommuDriver.UNIT_NAME, "unit0"));

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
        assertThat(last(device, 2)).isEqualTo(Report.RELEASED);
    }

    @Test
    void c20_aSecondDriverServiceOfTheSameNameTakesNothingAlongThatIsNotItsOwn() {
        CoreTest.Keeper keeper = new CoreTest.Keeper();
        component.bindHandler(keeper, properties(1, "one"));
        component.bindDriver(Map.of("service.id", 5L, IommuDriver.UNIT_NAME, "unit0"));
        Device device = device("one");
        last(device, 1);
        component.bindDriver(Map.of("service.id", 6L, IommuDriver.UNIT_NAME, "unit0"));
        assertThatThrownBy(() -> component.allocate("unit0")).isInstanceOf(IllegalStateException.class);

        component.unbindDriver(Map.of("service.id", 6L, IommuDriver.UNIT_NAME, "unit0"));

        assertThat(driver.responses()).isEmpty();
        assertThat(last(device, 2)).isEqualTo(Report.CLOSED);
        component.unbindDriver(Map.of("service.id", 5L, IommuDriver.UNIT_NAME, "unit0"));
        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID, ResponseCode.INVALID);
        assertThat(last(device, 3)).isEqualTo(Report.RELEASED);
    }

    /**
     * Both services were there before either allocated: the core can't tell whose the queue is while both are there.
     */
    @Test
    void c20_whereTwoServicesMayOwnTheQueueTheFirstThatGoesTakesNothingAlong() {
        component.bindDriver(Map.of("service.id", 5L, IommuDriver.UNIT_NAME, "unit0"));
        component.bindDriver(Map.of("service.id", 6L, IommuDriver.UNIT_NAME, "unit0"));
        component.bindHandler(new CoreTest.Keeper(), properties(1, "one"));
        Device device = device("one");

        component.unbindDriver(Map.of("service.id", 6L, IommuDriver.UNIT_NAME, "unit0"));
        assertThat(last(device, 1)).isEqualTo(Report.CLOSED);

        component.unbindDriver(Map.of("service.id", 5L, IommuDriver.UNIT_NAME, "unit0"));
        assertThat(last(device, 2)).isEqualTo(Report.RELEASED);
    }

    @Test
    void r07_deactivatingAnswersWhatIsPending() {
        component.bindHandler(new CoreTest.Keeper(), properties(1, "one"));
        last(device("one"), 1);

        component.deactivate();

        assertThat(driver.codes()).containsExactly(ResponseCode.INVALID);
    }

    @Test
    void boundsThatMakeNoSenseAreNamed() {
        assertThatThrownBy(() -> new IoPageFaultsComponent(config(Map.of("partials_per_device", 0))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("partials per device")
                .hasMessageContaining("io.pgfault.core");
    }
}
