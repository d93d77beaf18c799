// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A table fits its terminal, and its JSON loses nothing. */
class ListingTest {
    private static List<String> printed(Listing listing) {
        StringWriter text = new StringWriter();
        listing.print(new PrintWriter(text, true));
        return text.toString().lines().toList();
    }

    @Test
    void textsAreOnTheLeft_numbersOnTheRight() {
        Listing listing = new Listing()
                .text("device", "device")
                .number("groups", "groups")
                .number("p99", "p99");
        listing.row("nic0", 12_345L, new Listing.Nanos(1_500));
        listing.row("a", 7, new Listing.Nanos(12));

        assertThat(printed(listing))
                .containsExactly("device groups    p99", "nic0   12,345 1.5 µs", "a           7  12 ns");
    }

    @Test
    void aTableIsNeverWiderThanAHundredColumns_andJsonHasTheWholeText() {
        Listing listing = new Listing().text("one", "one").text("two", "two").number("n", "n");
        listing.row("x".repeat(90), "y".repeat(70), 5);

        assertThat(printed(listing)).allMatch(line -> line.length() <= Listing.WIDTH);
        assertThat(printed(listing).get(1)).contains("…").endsWith(" 5");
        assertThat(listing.json().getJsonObject(0).getString("one")).isEqualTo("x".repeat(90));
        assertThat(listing.json().getJsonObject(0).getInt("n")).isEqualTo(5);
    }
}
