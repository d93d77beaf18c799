// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal;

import io.pgfault.console.internal.access.Token;
import jakarta.servlet.Servlet;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Callable;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.servlet.runtime.HttpServiceRuntime;
import org.osgi.service.servlet.runtime.HttpServiceRuntimeConstants;

/**
 * Where the page is, with the token: for {@code iopf serve}, and for the shell command {@code iopf:console}. The
 * address goes to no log. Any thread.
 */
@Component(
        service = {ConsoleAddress.class, Callable.class},
        property = {"io.pgfault.console.address=true", "osgi.command.scope=iopf", "osgi.command.function=console"})
public final class ConsoleAddress implements Callable<String> {
    private final Token token;
    private final ServiceReference<HttpServiceRuntime> server;

    /** Called by Declarative Services. */
    @Activate
    public ConsoleAddress(
            @Reference Token token,
            @Reference ServiceReference<HttpServiceRuntime> server,
            @Reference(target = "(osgi.http.whiteboard.servlet.pattern=" + ConsoleServlet.PATTERN + ")")
                    ServiceReference<Servlet> page) {
        this.token = token;
        this.server = server;
    }

    /** The address of the page; empty while the HTTP server has none. */
    @Override
    public String call() {
        Object property = server.getProperty(HttpServiceRuntimeConstants.HTTP_SERVICE_ENDPOINT);
        Collection<?> endpoints = property instanceof String[] several
                ? List.of(several)
                : property instanceof Collection<?> several
                        ? several
                        : property == null ? List.of() : List.of(property);
        return endpoints.stream()
                .map(Object::toString)
                .filter(endpoint -> endpoint.startsWith("http"))
                .findFirst()
                .map(endpoint -> endpoint.replaceFirst("/*$", "") + ConsoleServlet.ROOT + "/#" + token.text())
                .orElse("");
    }

    /** Prints the address of the page. */
    public String console() {
        String address = call();
        return address.isEmpty() ? "iopf: the HTTP server has no address yet; try again" : address;
    }
}
