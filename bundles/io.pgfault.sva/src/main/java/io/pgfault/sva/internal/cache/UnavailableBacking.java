// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

/** Memory that this process can't read, such as a device's. Every page counts as lying beyond the end of a file. */
record UnavailableBacking() implements Backing {
    @Override
    public boolean load(Readahead object, long index, long frame) {
        return false;
    }
}
