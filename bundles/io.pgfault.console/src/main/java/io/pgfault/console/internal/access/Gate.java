// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.access;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Decides which requests come in. Any thread.
 *
 * <ul>
 *   <li>The browser must have reached this server by an address or as {@code localhost}. A name of the DNS may be that
 *       of a foreign page whose owner points the name here (DNS rebinding); the owner can't do that to an address.
 *   <li>A page of another origin is refused, also if the page knows the token.
 *   <li>What tells or changes anything needs the token in the header {@code Authorization}. A browser never sends that
 *       header on its own, as it does with cookies, so no other page can use what this browser knows.
 * </ul>
 */
@Component(service = Gate.class)
public final class Gate {
    private static final Pattern ADDRESS =
            Pattern.compile("(localhost|\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+\\])(:\\d{1,5})?");
    private static final String BEARER = "Bearer ";
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;

    private final Token token;

    /** Called by Declarative Services. */
    @Activate
    public Gate(@Reference Token token) {
        this.token = token;
    }

    /** Why a request for a file of the bundle does not come in; empty if it does. The files are the same everywhere. */
    public Optional<Refusal> forFile(Knock knock) {
        if (!ADDRESS.matcher(knock.host().toLowerCase(Locale.ROOT)).matches()) {
            return Optional.of(new Refusal(
                    FORBIDDEN, "Open the page by the address that the console printed, not by another name."));
        }
        boolean own =
                knock.origin().isEmpty() || knock.origin().equalsIgnoreCase(knock.scheme() + "://" + knock.host());
        return own ? Optional.empty() : Optional.of(new Refusal(FORBIDDEN, "Pages of other origins are refused."));
    }

    /** Why a request that reads or changes something does not come in; empty if it does. */
    public Optional<Refusal> forData(Knock knock) {
        String given =
                knock.authorization().startsWith(BEARER) ? knock.authorization().substring(BEARER.length()) : "";
        return forFile(knock).or(() -> foreign(knock)).or(() -> known(given));
    }

    /** Checks a request as {@link #forData} does, with the token as a password of HTTP Basic (RFC 7617). */
    public Optional<Refusal> forPassword(Knock knock, String password, boolean changes) {
        return forFile(knock)
                .or(() -> changes ? foreign(knock) : Optional.empty())
                .or(() -> known(password));
    }

    private static Optional<Refusal> foreign(Knock knock) {
        return switch (knock.site()) {
            case "", "same-origin", "none" -> Optional.empty();
            default -> Optional.of(new Refusal(FORBIDDEN, "Pages of other sites are refused."));
        };
    }

    private Optional<Refusal> known(String given) {
        return token.is(given)
                ? Optional.empty()
                : Optional.of(new Refusal(UNAUTHORIZED, "Open the page by the address that the console printed."));
    }
}
