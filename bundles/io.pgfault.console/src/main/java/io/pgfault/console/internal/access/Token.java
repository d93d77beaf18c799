// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** The secret of this start of the bundle: 32 random bytes, never stored. Any thread. */
@Component(service = Token.class)
public final class Token {
    private static final int BYTES = 32;

    private final String text;

    /** Makes a new secret. */
    @Activate
    public Token() {
        byte[] secret = new byte[BYTES];
        new SecureRandom().nextBytes(secret);
        text = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    }

    /** The secret as text: letters, digits, {@code -} and {@code _}. */
    public String text() {
        return text;
    }

    /** Whether {@code given} is the secret; the time of the answer does not tell how much of it is right. */
    public boolean is(String given) {
        return MessageDigest.isEqual(text.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
    }
}
