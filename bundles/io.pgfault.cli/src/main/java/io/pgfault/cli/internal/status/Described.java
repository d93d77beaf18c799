// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.status;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.service.metatype.AttributeDefinition;
import org.osgi.service.metatype.MetaTypeService;
import org.osgi.service.metatype.ObjectClassDefinition;

/** What a bundle's Metatype says of a component's configuration; nothing where the container has no Metatype. */
final class Described {
    private final BundleContext context;
    private final ComponentDescriptionDTO component;

    Described(BundleContext context, ComponentDescriptionDTO component) {
        this.context = context;
        this.component = component;
    }

    /** The names of the properties. */
    Set<String> properties() {
        Set<String> names = new TreeSet<>();
        ServiceReference<MetaTypeService> reference = context.getServiceReference(MetaTypeService.class);
        Bundle bundle = context.getBundle(component.bundle.id);
        MetaTypeService metatype = reference == null ? null : context.getService(reference);
        if (metatype == null || bundle == null) {
            return names;
        }
        var information = metatype.getMetaTypeInformation(bundle);
        for (String pid : component.configurationPid) {
            boolean there = information != null
                    && (Arrays.asList(information.getPids()).contains(pid)
                            || Arrays.asList(information.getFactoryPids()).contains(pid));
            if (there) {
                ObjectClassDefinition definition = information.getObjectClassDefinition(pid, null);
                for (AttributeDefinition attribute : definition.getAttributeDefinitions(ObjectClassDefinition.ALL)) {
                    names.add(attribute.getID());
                }
            }
        }
        context.ungetService(reference);
        return names;
    }
}
