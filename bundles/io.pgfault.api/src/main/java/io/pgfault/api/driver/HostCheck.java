// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.driver;

import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Says before a configuration is made whether it can work on this host. A service of driver bundles whose hardware may be
 * missing, so that people get one line instead of a component that fails to start. Any thread.
 */
@ConsumerType
public interface HostCheck {
    /**
     * What is in the way of a configuration.
     *
     * @param factoryPid the factory PID; not one of this bundle's: nothing is in the way
     * @param properties the configuration, as it will be made
     * @return one line that says what is missing and what would help; empty if nothing is known to be in the way
     */
    Optional<String> obstacle(String factoryPid, Map<String, ?> properties);
}
