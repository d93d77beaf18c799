// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.access;

import jakarta.servlet.http.HttpServletRequest;

/**
 * What a request says of where it comes from. A header that the request lacks is the empty string.
 *
 * @param scheme {@code http} or {@code https}
 * @param host the header {@code Host}: the name that the browser believes in (RFC 9110 §7.2)
 * @param origin the header {@code Origin}: the page that sent the request (RFC 6454 §7)
 * @param site the header {@code Sec-Fetch-Site}: how that page and this one are related (W3C Fetch Metadata §2.3)
 * @param authorization the header {@code Authorization}
 */
public record Knock(String scheme, String host, String origin, String site, String authorization) {
    /** Reads the headers of a request. */
    public static Knock of(HttpServletRequest request) {
        return new Knock(
                request.getScheme(),
                header(request, "Host"),
                header(request, "Origin"),
                header(request, "Sec-Fetch-Site"),
                header(request, "Authorization"));
    }

    private static String header(HttpServletRequest request, String name) {
        String value = request.getHeader(name);
        return value == null ? "" : value;
    }
}
