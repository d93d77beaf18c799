// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.internal;

import io.pgfault.api.Pasid;
import io.pgfault.api.Translation;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import java.nio.ByteBuffer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of one {@code prq_report} event of the kernel, and the descriptor it was printed from. */
public final class PrqReport {
    private static final Pattern DESCRIPTOR = Pattern.compile("(?:.*\\s)?rid=0x(?<rid>[0-9a-f]{1,4}) "
            + "addr=0x(?<frame>[0-9a-f]{1,13}) "
            + "(?<letters>[-r][-w][-x][-p][-l]) "
            + "pasid=0x(?<pasid>[0-9a-f]{1,5}) "
            + "index=0x(?<index>[0-9a-f]{1,3})"
            + "(?: private=0x(?<private0>[0-9a-f]{1,16})/0x(?<private1>[0-9a-f]{1,16}))?\\s*");

    private final Matcher matcher = DESCRIPTOR.matcher("");

    /**
     * Writes the descriptor of an event at the start of {@code record}.
     *
     * @param event what follows {@code prq_report:}
     * @return false, with nothing written, if the text is not a whole event
     */
    public boolean encode(String event, ByteBuffer record) {
        if (!matcher.reset(event).matches()) {
            return false;
        }
        int index = (int) hex("index");
        if (index > PageRequestDescriptor.PRG_INDEX_MAX) {
            return false;
        }
        String letters = matcher.group("letters");
        int pasid = (int) hex("pasid");
        boolean privateData = matcher.group("private0") != null;
        PageRequestDescriptor.encode(
                record,
                0,
                PageRequestDescriptor.word0(
                        (int) hex("rid"),
                        pasid == 0 ? Pasid.NONE : pasid,
                        letters.charAt(2) == 'x',
                        letters.charAt(3) == 'p',
                        privateData),
                PageRequestDescriptor.word1(
                        letters.charAt(0) == 'r',
                        letters.charAt(1) == 'w',
                        letters.charAt(4) == 'l',
                        index,
                        hex("frame") << Translation.PAGE_SHIFT),
                privateData ? hex("private0") : 0,
                privateData ? hex("private1") : 0);
        return true;
    }

    private long hex(String group) {
        return Long.parseUnsignedLong(matcher.group(group), 16);
    }
}
