// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every link of a page into this repository leads somewhere. */
class LinksTest {
    private static final Pattern LINK =
            Pattern.compile("\\]\\(([^)#\\s:]*)(?:#([^)\\s]+))?\\)|(?:src|srcset)=\"([^\":]+)\"");
    private static final Pattern CODE = Pattern.compile("(?s)```.*?```|`[^`\n]*`");

    @Test
    void everyLink_leadsToAFile_andEveryAnchorToAPlaceInIt() {
        List<String> broken = new ArrayList<>();
        for (Path page : Sources.markdown()) {
            String text = CODE.matcher(Sources.text(page)).replaceAll("");
            LINK.matcher(text).results().forEach(link -> {
                String file = link.group(3) != null ? link.group(3) : link.group(1);
                Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
                boolean there = Files.exists(target) && target.startsWith(Sources.ROOT);
                if (!there || (link.group(2) != null && !hasAnchor(target, link.group(2)))) {
                    broken.add(Sources.name(page) + ": " + link.group());
                }
            });
        }
        assertThat(broken).isEmpty();
    }

    private static boolean hasAnchor(Path page, String anchor) {
        if (!page.toString().endsWith(".md")) {
            return false;
        }
        String text = Sources.text(page);
        return text.contains("id=\"" + anchor + "\"")
                || text.lines().filter(line -> line.startsWith("#")).anyMatch(line -> anchor.equals(slug(line)));
    }

    /** The anchor that code hosts give a heading. */
    private static String slug(String heading) {
        return heading.replaceAll("<[^>]*>", "")
                .replaceFirst("^#+\\s*", "")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\w\\- ]", "")
                .strip()
                .replace(' ', '-');
    }
}
