// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.picture;

import java.io.IOException;
import java.util.Dictionary;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The core's bounds (rule C15), read from its configuration: how full a queue is means little without them. */
@Component(service = Bounds.class)
public final class Bounds {
    private static final String CORE = "(service.pid=io.pgfault.core)";
    private static final int PENDING = 65_536;
    private static final int PARTIALS = 4_096;

    private final ConfigurationAdmin configurations;

    /** Called by Declarative Services. */
    @Activate
    public Bounds(@Reference ConfigurationAdmin configurations) {
        this.configurations = configurations;
    }

    /** How many groups of one device may wait for their answer. */
    int pendingPerDevice() {
        return bound("pending.per.device", PENDING);
    }

    /** How many requests of one device's open groups the core keeps. */
    int partialsPerDevice() {
        return bound("partials.per.device", PARTIALS);
    }

    private int bound(String property, int otherwise) {
        try {
            Configuration[] core = configurations.listConfigurations(CORE);
            Dictionary<String, Object> properties = core == null ? null : core[0].getProperties();
            Object value = properties == null ? null : properties.get(property);
            return value == null ? otherwise : Integer.parseInt(value.toString().strip());
        } catch (NumberFormatException e) {
            return otherwise; // the core did not take it either
        } catch (IOException | InvalidSyntaxException e) {
            throw new IllegalStateException("the configuration of the core can't be read", e);
        }
    }
}
