// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.sva;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Receives the pages that {@link AddressSpace#touched} finds. Called on the thread that calls {@code touched}.
 *
 * @since 1.1
 */
@ConsumerType
@FunctionalInterface
public interface TouchedPages {
    /**
     * Takes one page.
     *
     * @param address byte address of the page's first byte, a multiple of the page size
     */
    void touched(long address);
}
