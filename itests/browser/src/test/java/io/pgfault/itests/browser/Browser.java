// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.browser;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The Chromium of this machine, without a screen. Playwright drives it and fetches no browser of its own. */
final class Browser implements AutoCloseable {
    /** Where Linux distributions have it. */
    static final List<Path> PATHS = List.of(
            Path.of("/usr/bin/chromium"), Path.of("/usr/bin/chromium-browser"), Path.of("/usr/bin/google-chrome"));

    private final Playwright playwright =
            Playwright.create(new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    private final com.microsoft.playwright.Browser chromium = playwright
            .chromium()
            .launch(new BrowserType.LaunchOptions()
                    .setExecutablePath(path())
                    .setHeadless(true)
                    .setArgs(List.of(
                            "--no-sandbox",
                            "--disable-gpu",
                            "--disable-quic",
                            "--no-first-run",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-sync")));

    static boolean isThere() {
        return PATHS.stream().anyMatch(Files::isExecutable);
    }

    private static Path path() {
        return PATHS.stream().filter(Files::isExecutable).findFirst().orElseThrow();
    }

    /** Opens a page in a fresh profile. */
    PageOfAPerson open(String address) {
        BrowserContext profile = chromium.newContext(
                new com.microsoft.playwright.Browser.NewContextOptions().setViewportSize(1280, 900));
        return new PageOfAPerson(profile.newPage(), address);
    }

    @Override
    public void close() {
        playwright.close();
    }
}
