// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What every test keeps: it waits for conditions, it runs, and it stands in a package of its own module. */
class TestsTest {
    private static final Pattern SLEEP = Pattern.compile("Thread\\.sleep\\(|TimeUnit\\.\\w+\\.sleep\\(");
    private static final Pattern PARK = Pattern.compile("LockSupport\\.parkNanos\\(");
    /**
     * Tests in which a pause is the subject: a slow bus, device or handler, the pace of a load, and a client without a
     * library that waits for conditions. None of them waits for a result by a pause. The list may only become shorter.
     */
    private static final Set<String> PACES = Set.of(
            "StormTest.java",
            "PlainHandler.java",
            "GrantingClient.java",
            "SoakTest.java",
            "SlowBus.java",
            "DrainTest.java",
            "GroupDevice.java");

    private static final Pattern SKIPPED = Pattern.compile("@Disabled|@Ignore\\b|assumeTrue\\(false");
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");

    private static final Pattern BUNDLE = Pattern.compile("bundles/([\\w.]+)/.*");

    @Test
    void noTest_sleeps() {
        // In the guest of the kernel proof there is no library that waits for conditions; one method there polls.
        assertThat(testsWith(SLEEP))
                .filteredOn(test -> !test.endsWith("kernel/GuestPlatform.java"))
                .as("wait for a condition instead")
                .isEmpty();
    }

    @Test
    void noTest_parksForATime_butForAPace() {
        assertThat(testsWith(PARK))
                .filteredOn(test -> !PACES.contains(test.substring(test.lastIndexOf('/') + 1)))
                .as("wait for a condition instead")
                .isEmpty();
    }

    @Test
    void noTest_isSkipped() {
        assertThat(testsWith(SKIPPED)).isEmpty();
    }

    @Test
    void noTest_standsInAnotherBundlesInternalPackage() {
        assertThat(Sources.tests())
                .filteredOn(path -> {
                    Matcher in = PACKAGE.matcher(Sources.text(path));
                    Matcher bundle = BUNDLE.matcher(Sources.name(path));
                    return in.find()
                            && in.group(1).contains(".internal")
                            && !(bundle.matches() && in.group(1).startsWith(bundle.group(1)));
                })
                .map(Sources::name)
                .isEmpty();
    }

    private static List<String> testsWith(Pattern pattern) {
        Path self = Path.of("TestsTest.java");
        return Sources.tests().stream()
                .filter(path -> !path.endsWith(self)
                        && pattern.matcher(Sources.text(path)).find())
                .map(Sources::name)
                .toList();
    }
}
