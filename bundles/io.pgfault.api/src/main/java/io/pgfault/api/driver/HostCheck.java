// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.driver;

import java.util.Map;
import java.util.Optional;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Says whether a configuration can work on this host, before the configuration is made. A driver bundle whose hardware
 * may be missing registers this service, so that a person reads one line instead of the failure of a component. Any
 * thread may call the method.
 */
@ConsumerType
public interface HostCheck {
    /**
     * What is in the way of a configuration.
     *
     * @param factoryPid the factory PID; for a PID of another bundle the result is empty
     * @param properties the configuration, as it will be made
     * @return one line that says what is missing and what would help; empty if this bundle knows no obstacle
     */
    Optional<String> obstacle(String factoryPid, Map<String, ?> properties);
}
