// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;

/** The page as a person uses it: by what is written there, with mouse and keyboard. */
final class PageOfAPerson {
    private static final String HANDLERS = "#handlers tbody tr";
    private static final Pattern SOME = Pattern.compile("^[1-9][\\d,.]*$");

    private final Page page;
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    PageOfAPerson(Page page, String address) {
        this.page = page;
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.text());
            }
        });
        page.onPageError(complaints::add);
        page.onRequest(request -> {
            if (!request.url().startsWith(address.substring(0, address.indexOf("/iopf/")))) {
                complaints.add("asked another server: " + request.url());
            }
        });
        page.setDefaultTimeout(20_000);
        page.navigate(address);
    }

    String address() {
        return page.url();
    }

    List<String> complaints() {
        return complaints;
    }

    void seesUnitAndDevice(String unit, String device) {
        assertThat(page.locator("#way-units")).containsText(unit);
        assertThat(page.locator("#devices tbody")).containsText(device);
        assertThat(page.locator("#status")).containsText("1 unit, 1 device");
    }

    void seesGroupsFlow() {
        page.waitForCondition(() ->
                SOME.matcher(page.locator("[data-rate=groups]").textContent()).matches());
    }

    void clicks(String button) {
        page.getByRole(
                        AriaRole.BUTTON,
                        new Page.GetByRoleOptions().setName(button).setExact(true))
                .click();
    }

    void seesState(String handler, String state) {
        assertThat(page.locator(HANDLERS)
                        .filter(new com.microsoft.playwright.Locator.FilterOptions().setHasText(handler))
                        .locator("td")
                        .nth(3))
                .containsText(state);
    }

    void seesOrder(String first, String second) {
        page.waitForCondition(() -> {
            List<String> rows = page.locator(HANDLERS).allTextContents();
            int before = indexOf(rows, first);
            return before >= 0 && before < indexOf(rows, second);
        });
    }

    private static int indexOf(List<String> rows, String handler) {
        for (int i = 0; i < rows.size(); i++) {
            if (rows.get(i).contains(handler)) {
                return i;
            }
        }
        return -1;
    }

    void pastes(String log) {
        page.getByLabel(Pattern.compile("Paste what a kernel")).fill(log);
        clicks("Decode");
    }

    void seesDecoded(String title) {
        assertThat(page.locator("#decoded")).containsText(title);
    }

    void seesLastGroupsOf(String handler, String filter) {
        assertThat(page.locator("#timeline tbody")).containsText(handler);
        page.getByLabel("Filter").fill(filter);
        assertThat(page.locator("#timeline tbody")).containsText("No group matches.");
        page.getByLabel("Filter").fill(handler);
        assertThat(page.locator("#timeline tbody tr").first()).containsText(handler);
    }

    /** The window, small enough for the bundle's README. */
    void window(String file) {
        page.getByLabel("Filter").fill("");
        page.setViewportSize(1100, 1000);
        page.screenshot(new Page.ScreenshotOptions().setPath(Path.of("target", file)));
        page.setViewportSize(1280, 900);
    }

    void picture(String file) {
        page.evaluate("window.scrollTo(0, 0)");
        page.screenshot(
                new Page.ScreenshotOptions().setPath(Path.of("target", file)).setFullPage(true));
    }

    void picturesInTheDark(String file) {
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        assertThat(page.locator("body")).hasCSS("background-color", "rgb(16, 21, 28)");
        picture(file);
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    }

    void fitsIntoAWidthOf(int width, String file) {
        page.setViewportSize(width, 640);
        page.waitForCondition(() -> (Boolean) page.evaluate("document.documentElement.scrollWidth <= " + width));
        picture(file);
        page.setViewportSize(1280, 900);
    }

    /** Tab reaches every control, and each has a name. */
    void worksByKeyboard() {
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName("Pause"))
                .focus();
        page.keyboard().press("Enter");
        assertThat(page.locator("#pause")).hasAttribute("aria-pressed", "true");
        page.keyboard().press("Enter");
        assertThat(page.locator("#pause")).hasAttribute("aria-pressed", "false");
        page.keyboard().press("Tab");
        assertThat(page.locator("#theme")).isFocused();
        assertThat(
                        page.evaluate(
                                "[...document.querySelectorAll('button, input, select, textarea')]"
                                        + ".filter(c => !(c.getAttribute('aria-label') || c.textContent.trim() || c.labels?.length)).length"))
                .as("controls without a name")
                .isEqualTo(0);
    }
}
