// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.driver.table;

import io.pgfault.vtd.spec.ContextCacheInvalidation;
import io.pgfault.vtd.spec.IotlbInvalidation;
import io.pgfault.vtd.spec.PasidCacheInvalidation;

/**
 * The descriptors that make the unit forget what it has cached of tables (VT-d 4.1 §6.5.2). A caller submits what it
 * needs, then {@link #await}s. Any thread.
 */
public final class Invalidations {
    private static final int PAGE_SHIFT = 12;
    /** A range of more than 2^9 pages, 2 MiB, is invalidated as a whole PASID. */
    private static final int MOST_PAGES = 9;

    private final DescriptorQueue queue;

    /** Invalidations through a queue. */
    public Invalidations(DescriptorQueue queue) {
        this.queue = queue;
    }

    /** Everything: what software does after it has set the root table (VT-d 4.1 §6.6). */
    public void everything() {
        queue.submit(ContextCacheInvalidation.word0(ContextCacheInvalidation.GLOBAL, 0, 0), 0);
        queue.submit(PasidCacheInvalidation.word0(PasidCacheInvalidation.GLOBAL, 0, 0), 0);
        queue.submit(IotlbInvalidation.word0(IotlbInvalidation.GLOBAL, 0), 0);
    }

    /** The context entry of a device whose PASID entries are gone. */
    void context(int requesterId) {
        queue.submit(ContextCacheInvalidation.word0(ContextCacheInvalidation.DEVICE, 0, requesterId), 0);
    }

    /** A PASID entry, and what came from its page tables. */
    void entry(int domain, int pasid) {
        queue.submit(PasidCacheInvalidation.word0(PasidCacheInvalidation.PASID, domain, pasid), 0);
        translations(domain, pasid);
    }

    /** Submits: forget every PASID entry of a domain id, and what came from the page tables of that id. */
    void domain(int domain) {
        queue.submit(PasidCacheInvalidation.word0(PasidCacheInvalidation.DOMAIN, domain, 0), 0);
        translations(domain);
    }

    /** Submits: forget what came from the page tables of a domain id, for every PASID. */
    void translations(int domain) {
        queue.submit(IotlbInvalidation.word0(IotlbInvalidation.ALL, domain), 0);
    }

    /** Submits: forget what came from the page tables of a PASID. */
    void translations(int domain, int pasid) {
        queue.submit(IotlbInvalidation.pasidWord0(IotlbInvalidation.ALL, domain, pasid), 0);
    }

    /**
     * Submits: forget what came from a range of the page tables of a PASID. The descriptor names the smallest aligned
     * power of two of pages that holds the range, or the whole PASID if that power is large (kernel: {@code
     * calculate_psi_aligned_address}).
     */
    void translations(int domain, int pasid, long first, long last) {
        int mask = Long.SIZE - Long.numberOfLeadingZeros((first ^ last) >>> PAGE_SHIFT);
        if (mask > MOST_PAGES) {
            translations(domain, pasid);
        } else {
            queue.submit(
                    IotlbInvalidation.pasidWord0(IotlbInvalidation.PAGES, domain, pasid),
                    IotlbInvalidation.word1(first & -1L << (PAGE_SHIFT + mask), mask));
        }
    }

    /** Waits for what was submitted, see {@link DescriptorQueue#await}. */
    public boolean await() {
        return queue.await();
    }
}
