// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PageFileTest {
    private static final Pattern ASKED = Pattern.compile("(?:src|href)=\"([^\"#]+)\"");
    private static final Pattern ID = Pattern.compile("\\bid=\"([^\"]+)\"");
    private static final Pattern LOOKED_UP = Pattern.compile("\\$\\(\"([^\"]+)\"\\)");

    @Test
    void everyFileThatThePageAsksFor_isInTheBundle() throws IOException {
        List<String> asked =
                ASKED.matcher(text("/")).results().map(match -> match.group(1)).toList();
        assertThat(asked).contains("console.js", "console.css", "uPlot.js", "uPlot.css");
        for (String file : asked) {
            assertThat(PageFile.at("/" + file)).as(file).isPresent();
            assertThat(PageFile.at("/" + file).orElseThrow().read()).as(file).isNotEmpty();
        }
    }

    @Test
    void noOtherPath_leadsToAFile() {
        for (String path :
                new String[] {"/web/index.html", "/../console.js", "//console.js", "/META-INF/MANIFEST.MF"}) {
            assertThat(PageFile.at(path)).as(path).isEmpty();
        }
    }

    /** The policy forbids it, so it would not work. */
    @Test
    void thePage_hasNoScriptOrStyleInside_andNoOtherAddress() throws IOException {
        assertThat(text("/"))
                .doesNotContain("<style", "style=", "javascript:", "http:", "https:")
                .doesNotContainPattern("<script(?! src=)")
                .doesNotContainPattern("\\son\\w+=");
        assertThat(text("/console.js")).doesNotContain("innerHTML", "insertAdjacentHTML", "document.write", "eval(");
        assertThat(text("/console.css")).doesNotContain("url(", "@import");
    }

    @Test
    void everyPlaceThatTheScriptFills_isOnThePage() throws IOException {
        List<String> places =
                ID.matcher(text("/")).results().map(match -> match.group(1)).toList();
        assertThat(places).doesNotHaveDuplicates();
        assertThat(LOOKED_UP.matcher(text("/console.js")).results().map(match -> match.group(1)))
                .isNotEmpty()
                .isSubsetOf(places);
    }

    private static String text(String path) throws IOException {
        return new String(PageFile.at(path).orElseThrow().read(), StandardCharsets.UTF_8);
    }
}
