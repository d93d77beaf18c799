// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.serve;

import io.pgfault.cli.internal.console.BadInput;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a server of this process listens.
 *
 * @param host a host of this machine, an IPv6 address without brackets
 * @param port a TCP port; 0 for a free one
 */
record ListenAddress(String host, int port) {
    private static final Pattern FORM = Pattern.compile("(?:(\\[[0-9a-fA-F:.]+]|[^:\\[\\]]+):)?(\\d{1,5})");
    private static final int LARGEST_PORT = 65_535;
    private static final String THIS_MACHINE = "127.0.0.1";

    /**
     * Reads the value of an option: a port of the loopback address, or a host, a colon and a port.
     *
     * @throws BadInput if the value is neither
     */
    static ListenAddress parse(String option, String value) throws BadInput {
        Matcher m = FORM.matcher(value);
        if (!m.matches() || Integer.parseInt(m.group(2)) > LARGEST_PORT) {
            throw new BadInput(option + " " + value + ": not a port or HOST:PORT, such as 8181 or [::1]:8181");
        }
        String host = m.group(1) == null ? THIS_MACHINE : m.group(1).replaceAll("[\\[\\]]", "");
        return new ListenAddress(host, Integer.parseInt(m.group(2)));
    }
}
