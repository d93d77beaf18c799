// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.webconsole;

import io.pgfault.console.internal.access.Gate;
import io.pgfault.console.internal.access.Knock;
import io.pgfault.console.internal.access.Refusal;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.apache.felix.webconsole.spi.SecurityProvider;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;

/**
 * Lets users into the Web Console: any name, and the token as password. A configuration of {@value #PID} turns the door
 * on; a container with a Web Console of its own keeps its own users.
 */
@Component(
        service = SecurityProvider.class,
        configurationPid = Door.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        property = {SecurityProvider.PROPERTY_ID + "=io.pgfault.console", "service.ranking:Integer=1000"})
public final class Door implements SecurityProvider {
    /** The configuration that turns the door on. */
    static final String PID = "io.pgfault.console.webconsole";

    private static final String BASIC = "Basic ";
    private static final int UNAUTHORIZED = 401;

    private final Gate gate;

    /** Called by Declarative Services. */
    @Activate
    public Door(@Reference Gate gate) {
        this.gate = gate;
    }

    @Override
    public Object authenticate(HttpServletRequest request, HttpServletResponse response) {
        Knock knock = Knock.of(request);
        boolean changes = !request.getMethod().equals("GET");
        Optional<Refusal> refusal = gate.forPassword(knock, password(knock.authorization()), changes);
        if (refusal.isEmpty()) {
            return "iopf";
        }
        try {
            if (refusal.get().status() == UNAUTHORIZED) {
                response.setHeader("WWW-Authenticate", "Basic realm=\"iopf: any name, the token as password\"");
            }
            response.sendError(refusal.get().status(), refusal.get().reason());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return null;
    }

    @Override
    public boolean authorize(Object user, String role) {
        return true;
    }

    @Override
    public void logout(HttpServletRequest request, HttpServletResponse response) {
        // A browser forgets a password of HTTP Basic when the browser ends.
    }

    private static String password(String authorization) {
        if (!authorization.startsWith(BASIC)) {
            return "";
        }
        try {
            String pair = new String(
                    Base64.getDecoder().decode(authorization.substring(BASIC.length())), StandardCharsets.UTF_8);
            return pair.substring(pair.indexOf(':') + 1);
        } catch (IllegalArgumentException e) {
            return ""; // no Base64: no password
        }
    }
}
