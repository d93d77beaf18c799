// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.handler;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Capability;
import org.osgi.service.component.annotations.ComponentPropertyType;

/**
 * Annotates the component class of a {@link FaultHandler}. The annotation sets the service properties, and it makes the
 * bundle provide the capability {@value #NAMESPACE}, so that a run description can require a handler for a domain kind.
 */
@ComponentPropertyType
@Capability(namespace = HandlesFaults.NAMESPACE, attribute = "io.pgfault.domain.kind=${#domain_kind}")
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface HandlesFaults {
    /** The capability namespace; its attribute is {@link FaultHandler#DOMAIN_KIND}. */
    String NAMESPACE = "io.pgfault.handler";

    /** Makes the elements the properties {@code io.pgfault.domain.kind} and {@code io.pgfault.handler.inline}. */
    String PREFIX_ = "io.pgfault.";

    /** {@link FaultHandler#DOMAIN_KIND}. */
    String domain_kind();

    /** {@link FaultHandler#INLINE}. */
    boolean handler_inline() default false;
}
