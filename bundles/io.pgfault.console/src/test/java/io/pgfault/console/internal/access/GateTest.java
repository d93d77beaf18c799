// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GateTest {
    private static final String HOST = "127.0.0.1:8181";
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;

    private final Token token = new Token();
    private final Gate gate = new Gate(token);
    private final String bearer = "Bearer " + token.text();

    @Test
    void theTokenOpens_andNothingElseDoes() {
        assertThat(gate.forData(knock(HOST, "", "", bearer))).isEmpty();
        for (String wrong : new String[] {
            "",
            "Bearer ",
            "Bearer x",
            token.text(),
            "bearer " + token.text(),
            bearer + "x",
            bearer.substring(0, bearer.length() - 1),
            "Basic " + token.text()
        }) {
            assertThat(status(gate.forData(knock(HOST, "", "", wrong))))
                    .as("'%s'", wrong)
                    .isEqualTo(UNAUTHORIZED);
        }
    }

    @Test
    void everyStart_hasATokenOfItsOwn_thatNobodyGuesses() {
        assertThat(new Token().text()).isNotEqualTo(token.text()).hasSize(43).matches("[A-Za-z0-9_-]+");
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:8181", "127.0.0.1", "localhost:8181", "LOCALHOST", "[::1]:8181", "192.0.2.7:80"})
    void anAddressOrLocalhost_opensThePage(String host) {
        assertThat(gate.forFile(knock(host, "", "", ""))).isEmpty();
    }

    /** A name may be a foreign page's, pointed here after the page was loaded (DNS rebinding). */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8181",
                "localhost.evil.example",
                "127.0.0.1.evil.example:8181",
                "evil.example:127.0.0.1",
                "x@127.0.0.1",
                "0x7f000001",
                "2130706433",
                "[::1].evil.example",
                "127.0.0.1:8181 evil",
                ""
            })
    void aNameOfTheDns_opensNothing_alsoWithTheToken(String host) {
        assertThat(status(gate.forFile(knock(host, "", "", "")))).isEqualTo(FORBIDDEN);
        assertThat(status(gate.forData(knock(host, "", "", bearer)))).isEqualTo(FORBIDDEN);
        assertThat(status(gate.forPassword(knock(host, "", "", ""), token.text(), false)))
                .isEqualTo(FORBIDDEN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://evil.example",
                "https://127.0.0.1:8181",
                "http://127.0.0.1:9999",
                "http://127.0.0.1",
                "http://localhost:8181",
                "null"
            })
    void aPageOfAnotherOrigin_isRefused_alsoWithTheToken(String origin) {
        assertThat(status(gate.forData(knock(HOST, origin, "", bearer)))).isEqualTo(FORBIDDEN);
        assertThat(status(gate.forFile(knock(HOST, origin, "", "")))).isEqualTo(FORBIDDEN);
    }

    @Test
    void thePagesOwnOrigin_comesIn() {
        assertThat(gate.forData(knock(HOST, "http://" + HOST, "same-origin", bearer)))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cross-site", "same-site", "something-new"})
    void aRequestThatTheBrowserCallsForeign_isRefused(String site) {
        assertThat(status(gate.forData(knock(HOST, "", site, bearer)))).isEqualTo(FORBIDDEN);
        assertThat(status(gate.forPassword(knock(HOST, "", site, ""), token.text(), true)))
                .as("a change in the Web Console")
                .isEqualTo(FORBIDDEN);
    }

    @Test
    void thePasswordOfTheWebConsole_isTheToken() {
        assertThat(gate.forPassword(knock(HOST, "", "none", ""), token.text(), false))
                .isEmpty();
        assertThat(status(gate.forPassword(knock(HOST, "", "none", ""), "admin", false)))
                .isEqualTo(UNAUTHORIZED);
    }

    @Test
    void thePolicy_allowsNothingInline_andNothingOfOthers() {
        assertThat(SafeHeaders.POLICY)
                .contains("default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'")
                .doesNotContain("unsafe", "*", "http:", "https:", "data:", "blob:");
    }

    private static Knock knock(String host, String origin, String site, String authorization) {
        return new Knock("http", host, origin, site, authorization);
    }

    private static int status(Optional<Refusal> refusal) {
        return refusal.map(Refusal::status).orElse(0);
    }
}
