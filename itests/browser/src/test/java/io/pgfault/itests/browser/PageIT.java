// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a running platform: what a stranger gets, what the token opens, and what a person sees and does. */
class PageIT {
    private static final int OK = 200;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final String STOP = """
            {"handler": "component/com.example.prefault/com.example.prefault.PreFault", "action": "stop"}""";

    private static ServedPlatform platform;

    @BeforeAll
    static void serve(@TempDir Path folder) throws Exception {
        platform = new ServedPlatform(folder);
    }

    @AfterAll
    static void end() throws Exception {
        platform.close();
        assertThat(platform.err()).doesNotContain("Exception", "WARN");
        assertThat(platform.printed()).as("the token is printed once").containsOnlyOnce(platform.token());
    }

    @Test
    void withoutTheToken_nothingIsRead_andNothingChanged() throws Exception {
        for (String path : List.of("/iopf/api/picture", "/iopf/api/pictures", "/iopf/api/anything")) {
            HttpResponse<String> answer = platform.send(platform.request(path));
            assertThat(answer.statusCode()).as(path).isEqualTo(UNAUTHORIZED);
            assertThat(answer.body()).doesNotContain("dmar0", "nic0");
        }
        for (String path : List.of("/iopf/api/handlers", "/iopf/api/decode")) {
            assertThat(platform.send(platform.request(path).POST(BodyPublishers.ofString(STOP)))
                            .statusCode())
                    .isEqualTo(UNAUTHORIZED);
        }
        assertThat(platform.handler("PreFault").getString("state")).isEqualTo("running");
    }

    @Test
    void aForeignOrigin_isRefused_alsoWithTheToken() throws Exception {
        assertThat(platform.send(platform.known("/iopf/api/handlers")
                                .header("Origin", "http://evil.example")
                                .POST(BodyPublishers.ofString(STOP)))
                        .statusCode())
                .isEqualTo(FORBIDDEN);
        assertThat(platform.handler("PreFault").getString("state")).isEqualTo("running");
    }

    /** Every address of 127.0.0.0/8 is the machine itself: a server of all addresses answers at 127.0.0.2, too. */
    @Test
    void thePage_isAtOneAddress() throws Exception {
        try (SocketChannel open = SocketChannel.open(address(1))) {
            assertThat(open.isConnected()).isTrue();
        }
        assertThatThrownBy(() -> SocketChannel.open(address(2)).close()).isInstanceOf(ConnectException.class);
    }

    /** The page's port at 127.0.0.{@code last}. */
    private static InetSocketAddress address(int last) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last}), platform.port());
    }

    @Test
    void everyAnswer_carriesThePolicy() throws Exception {
        for (String path :
                List.of("/iopf/", "/iopf/console.js", "/iopf/uPlot.js", "/iopf/nothing", "/iopf/api/picture")) {
            assertThat(platform.send(platform.request(path)).headers().firstValue("Content-Security-Policy"))
                    .as(path)
                    .hasValueSatisfying(policy -> assertThat(policy)
                            .startsWith("default-src 'none'; script-src 'self'; style-src 'self'")
                            .doesNotContain("unsafe"));
        }
    }

    @Test
    void theWebConsole_opensByTheToken_andNotByItsDefaultPassword() throws Exception {
        assertThat(webConsole("admin", "admin", "bundles").statusCode()).isEqualTo(UNAUTHORIZED);
        HttpResponse<String> bundles = webConsole("any", platform.token(), "bundles");
        assertThat(bundles.statusCode()).isEqualTo(OK);
        assertThat(bundles.body()).contains("I/O page faults");
        assertThat(webConsole("any", platform.token(), "iopf").headers().firstValue("Location"))
                .hasValueSatisfying(where -> assertThat(where).endsWith("/iopf/#" + platform.token()));
    }

    private static HttpResponse<String> webConsole(String user, String password, String plugin) throws Exception {
        String pair = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        return platform.send(platform.request("/system/console/" + plugin).header("Authorization", "Basic " + pair));
    }

    @Test
    void aHandlerIsStopped_started_andRanked_overHttp() throws Exception {
        String key = platform.handler("PreFault").getString("key");
        act("{\"handler\":\"" + key + "\",\"action\":\"stop\"}");
        await().untilAsserted(() ->
                assertThat(platform.handler("PreFault").getString("state")).isEqualTo("stopped"));
        act("{\"handler\":\"" + key + "\",\"action\":\"start\"}");
        await().untilAsserted(() ->
                assertThat(platform.handler("PreFault").getString("state")).isEqualTo("running"));
        act("{\"handler\":\"" + key + "\",\"action\":\"rank\",\"ranking\":-7}");
        await().untilAsserted(() -> assertThat(platform.order()).containsExactly("SvaHandler", "PreFault"));
        act("{\"handler\":\"" + key + "\",\"action\":\"rank\",\"ranking\":100}");
        await().untilAsserted(() -> assertThat(platform.order()).containsExactly("PreFault", "SvaHandler"));
    }

    private static void act(String action) throws Exception {
        HttpResponse<String> answer =
                platform.send(platform.known("/iopf/api/handlers").POST(BodyPublishers.ofString(action)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(OK);
    }

    @Test
    void aPastedLog_isDecoded() throws Exception {
        HttpResponse<String> answer = platform.send(platform.known("/iopf/api/decode")
                .POST(BodyPublishers.ofFile(ServedPlatform.HOME.resolve("itests/samples/stall.log"))));
        JsonObject decoded = Json.createReader(new StringReader(answer.body())).readObject();
        assertThat(decoded.getInt("count")).isEqualTo(1);
        assertThat(decoded.getJsonArray("records").getJsonObject(0).getString("title"))
                .isEqualTo("SMMUv3 event");
    }

    /** Skips nothing: without a browser it says so, and the tests above have asked the same over HTTP. */
    @Test
    void aPersonSeesFaultsFlow_andPullsTheLevers() throws Exception {
        if (!Browser.isThere()) {
            System.out.println("no Chromium at " + Browser.PATHS + ": the page was asked over HTTP only");
            return;
        }
        try (Browser browser = new Browser()) {
            PageOfAPerson page = browser.open(platform.page());
            page.seesUnitAndDevice("dmar0", "nic0");
            assertThat(page.address()).as("the token leaves the address bar").doesNotContain(platform.token());
            Load load = new Load(platform);
            page.seesGroupsFlow();
            page.clicks("Stop com.example.prefault.PreFault");
            page.seesState("PreFault", "stopped");
            await().untilAsserted(() ->
                    assertThat(platform.handler("PreFault").getString("state")).isEqualTo("stopped"));
            page.seesGroupsFlow();
            page.clicks("Start com.example.prefault.PreFault");
            page.seesState("PreFault", "running");
            page.clicks("Ask later: com.example.prefault.PreFault");
            page.seesOrder("SvaHandler", "PreFault");
            await().untilAsserted(() -> assertThat(platform.order()).containsExactly("SvaHandler", "PreFault"));
            page.clicks("Ask earlier: com.example.prefault.PreFault");
            page.seesOrder("PreFault", "SvaHandler");
            page.seesGroupsFlow();
            page.seesLastGroupsOf("PreFault", "no such device");
            page.window("page.png");
            page.pastes(Files.readString(ServedPlatform.HOME.resolve("itests/samples/stall.log")));
            page.seesDecoded("SMMUv3 event");
            page.picture("page-light.png");
            page.picturesInTheDark("page-dark.png");
            page.fitsIntoAWidthOf(320, "page-320.png");
            page.worksByKeyboard();
            assertThat(page.complaints())
                    .as("what the browser complained about")
                    .isEmpty();
            load.end();
        }
    }

    /** Replays one after the other, typed into the shell, until it ends. */
    private static final class Load {
        private final Thread typist;

        Load(ServedPlatform served) {
            typist = new Thread(
                    () -> {
                        try {
                            while (!Thread.currentThread().isInterrupted()) {
                                long before = groups(served);
                                served.type("replay itests/samples/cat.lackey.gz");
                                await().atMost(30, TimeUnit.SECONDS).until(() -> groups(served) > before);
                            }
                        } catch (Exception e) {
                            // Interrupted, or the process is gone: the load ends.
                        }
                    },
                    "load");
            typist.start();
        }

        private static long groups(ServedPlatform served) throws Exception {
            return served.picture()
                    .getJsonArray("units")
                    .getJsonObject(0)
                    .getJsonObject("counters")
                    .getJsonNumber("groups")
                    .longValueExact();
        }

        void end() throws InterruptedException {
            typist.interrupt();
            typist.join();
        }
    }
}
