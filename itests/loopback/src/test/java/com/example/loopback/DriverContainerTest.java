// SPDX-License-Identifier: Apache-2.0
package com.example.loopback;

import io.pgfault.tck.UnitUnderTest;
import io.pgfault.tck.container.TestContainer;
import io.pgfault.tck.driver.DriverService;
import java.nio.file.Path;
import java.util.Hashtable;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.osgi.service.cm.ConfigurationAdmin;

/** The conformance kit in an OSGi container: the built bundle, its configuration, and the core that ships. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DriverContainerTest {
    private TestContainer container;

    @BeforeAll
    void start() throws Exception {
        container = TestContainer.start(Path.of("target/classes"));
        container
                .service(ConfigurationAdmin.class)
                .getFactoryConfiguration("com.example.loopback.unit", "unit0", "?")
                .update(new Hashtable<>(Map.of("io.pgfault.unit.name", "unit0")));
    }

    @AfterAll
    void stop() throws Exception {
        container.close();
    }

    @TestFactory
    Stream<DynamicTest> driverKeeps() {
        return DriverService.kit(
                        container.context(),
                        container.bundle(),
                        "unit0",
                        Set.of(UnitUnderTest.FaultKind.PAGE_REQUESTS))
                .checks().stream().map(check -> DynamicTest.dynamicTest(check.toString(), check::run));
    }
}
