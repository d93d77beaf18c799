// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

class RegisteredServicesTest {
    private final List<String> calls = new ArrayList<>();
    private final List<Dictionary<?, ?>> shown = new ArrayList<>();

    /** A framework that writes down which type is registered and which is unregistered. */
    private BundleContext context(Class<?> unregisteredAlready) {
        return (BundleContext) Proxy.newProxyInstance(
                BundleContext.class.getClassLoader(), new Class<?>[] {BundleContext.class}, (proxy, method, given) -> {
                    Class<?> type = (Class<?>) given[0];
                    calls.add("+" + type.getSimpleName());
                    shown.add((Dictionary<?, ?>) given[2]);
                    return registration(type, type == unregisteredAlready);
                });
    }

    private ServiceRegistration<?> registration(Class<?> type, boolean gone) {
        return (ServiceRegistration<?>) Proxy.newProxyInstance(
                ServiceRegistration.class.getClassLoader(),
                new Class<?>[] {ServiceRegistration.class},
                (proxy, method, given) -> {
                    calls.add("-" + type.getSimpleName());
                    if (gone) {
                        throw new IllegalStateException("unregistered");
                    }
                    return null;
                });
    }

    @Test
    void r06_servicesGoOnceInTheOppositeOrder() {
        RegisteredServices services =
                new RegisteredServices(context(null), Map.of(), "unit", Object.class, String.class);
        assertThat(calls).containsExactly("+Object", "+String");
        calls.clear();
        Runnable unregister = new Once(services::unregister);
        unregister.run();
        unregister.run();
        assertThat(calls).containsExactly("-String", "-Object");
    }

    @Test
    void r06_aServiceThatTheFrameworkUnregistered_keepsNoOther() {
        RegisteredServices services =
                new RegisteredServices(context(String.class), Map.of(), "unit", Object.class, String.class);
        calls.clear();
        services.unregister();
        assertThat(calls).containsExactly("-String", "-Object");
    }

    @Test
    void aPropertyThatBeginsWithADot_isNotShown() {
        new RegisteredServices(context(null), Map.of(".own", 1, "name", "dmar0"), "unit", String.class);
        assertThat(shown).singleElement().satisfies(properties -> {
            assertThat(properties.size()).isEqualTo(1);
            assertThat(properties.get("name")).isEqualTo("dmar0");
        });
    }
}
