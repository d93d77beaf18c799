// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.access;

import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;

/** The headers of every response: the browser runs and shows what the bundle holds, and nothing else. */
public final class SafeHeaders {
    /** Scripts, styles and pictures come from files of the bundle; requests go to the bundle (W3C CSP Level 3). */
    public static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy", POLICY,
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "DENY",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Opener-Policy", "same-origin",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Permissions-Policy", "camera=(), geolocation=(), microphone=()",
            "Cache-Control", "no-store");

    private SafeHeaders() {}

    /** Puts them on a response. */
    public static void on(HttpServletResponse response) {
        HEADERS.forEach(response::setHeader);
    }
}
