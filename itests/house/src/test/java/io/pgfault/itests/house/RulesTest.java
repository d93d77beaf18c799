// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules of {@code bundles/io.pgfault.api/RULES.md}: texts cite no other, and each has a test. */
class RulesTest {
    private static final String PAGE = Sources.text(Sources.ROOT.resolve("bundles/io.pgfault.api/RULES.md"));
    private static final String LATER = "## Not built yet";
    private static final Pattern ANCHOR = Pattern.compile("<a id=\"([a-z]\\d\\d)\"></a>");
    /** A rule's number as comments and pages cite it; hexadecimal numbers and names of constants don't match. */
    private static final Pattern CITATION = Pattern.compile("(?<![\\w#.-])[CRVASTN]\\d\\d(?![\\w-])");
    /** Text files whose capital-letter-and-number words are no rules: data, and drawings. */
    private static final Pattern OTHER_WORDS = Pattern.compile(".*(/resources/|\\.xml|\\.json|\\.svg)(/.*)?");

    private static final Pattern TEST = Pattern.compile("void ((?:[crvastn]\\d\\d_)+)");

    @Test
    void everyCitedRule_isOnThePage() {
        Set<String> known = anchors(PAGE);
        Map<String, Set<String>> unknown = new TreeMap<>();
        Sources.written().stream()
                .filter(path -> !OTHER_WORDS.matcher(Sources.name(path)).matches())
                .forEach(path -> matches(CITATION, Sources.text(path))
                        .map(MatchResult::group)
                        .filter(rule -> !known.contains(rule.toLowerCase(java.util.Locale.ROOT)))
                        .forEach(rule -> unknown.computeIfAbsent(rule, r -> new TreeSet<>())
                                .add(Sources.name(path))));
        assertThat(unknown)
                .as("cited, but not in bundles/io.pgfault.api/RULES.md")
                .isEmpty();
    }

    @Test
    void everyRule_hasATest() {
        Set<String> missing = anchors(PAGE.substring(0, PAGE.indexOf(LATER)));
        missing.removeAll(tested());
        assertThat(missing)
                .as("rules without a test method that begins with the rule's number; a rule that no bundle implements "
                        + "stands under \"Not built yet\"")
                .isEmpty();
    }

    @Test
    void aRuleThatIsNotBuiltYet_hasNoTest() {
        Set<String> later = anchors(PAGE.substring(PAGE.indexOf(LATER)));
        later.retainAll(tested());
        assertThat(later).as("rules with tests: move them up on the page").isEmpty();
    }

    private static Set<String> anchors(String text) {
        return matches(ANCHOR, text).map(match -> match.group(1)).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> tested() {
        return Sources.tests().stream()
                .flatMap(path -> matches(TEST, Sources.text(path)))
                .flatMap(match -> Stream.of(match.group(1).split("_")))
                .collect(Collectors.toSet());
    }

    private static Stream<MatchResult> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results();
    }
}
