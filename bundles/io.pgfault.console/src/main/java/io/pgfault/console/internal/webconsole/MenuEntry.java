// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.webconsole;

import io.pgfault.console.internal.access.Token;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The page in the menu of the Web Console. The Web Console has checked its user before it calls; a user of the Web
 * Console may stop any bundle, so such a user gets the token. The token is in the fragment, which no browser sends.
 */
@Component(
        service = Servlet.class,
        property = {
            "felix.webconsole.label=iopf",
            "felix.webconsole.title=I/O page faults",
            "felix.webconsole.category=OSGi"
        })
public final class MenuEntry extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient Token token;

    /** Called by Declarative Services. */
    @Activate
    public MenuEntry(@Reference Token token) {
        this.token = token;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.sendRedirect("/iopf/#" + token.text());
    }
}
