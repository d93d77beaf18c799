// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** One device's request, and the tables that it meets. */
final class SmmuCase {
    /** Addresses of the words that may be broken; a word that counts more often is here more often. */
    final List<Long> words = new ArrayList<>();

    final int streamId;
    final boolean write;
    long address;

    /** Which bits were broken, for people. */
    String broken = "";

    /** What our walkers say, for a unit that has what QEMU's says that it has. */
    SmmuOutcome expected;

    /** Where in data the request may come to, whatever limits QEMU has. */
    final Set<Long> targets = new TreeSet<>();

    SmmuCase(int streamId, boolean write) {
        this.streamId = streamId;
        this.write = write;
    }
}
