// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.driver;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.ComponentPropertyType;

/**
 * Annotates the component class of an {@link IommuDriver}. The annotation sets {@link IommuDriver#UNIT_KIND}, and it
 * makes the bundle provide the capability {@value #NAMESPACE}, so that a run description can require units of a kind.
 */
@ComponentPropertyType
@Capability(namespace = DrivesUnits.NAMESPACE, attribute = "io.pgfault.unit.kind=${#unit_kind}")
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface DrivesUnits {
    /** The capability namespace; its attribute is {@link IommuDriver#UNIT_KIND}. */
    String NAMESPACE = "io.pgfault.driver";

    /** Makes the element the property {@code io.pgfault.unit.kind}. */
    String PREFIX_ = "io.pgfault.";

    /** {@link IommuDriver#UNIT_KIND}. */
    String unit_kind();
}
