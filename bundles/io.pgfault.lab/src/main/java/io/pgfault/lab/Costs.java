// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab;

/**
 * What things take in virtual time, in nanoseconds, each 0 or more. Each default comes from a published measurement,
 * which the constant names; what is derived from one says how.
 *
 * <ul>
 *   <li>[Lu] S. Lu, "[RFC PATCH v2 0/6] Add IOPF support for VFIO passthrough", linux-kernel, 2021-03-09, message
 *       20210309062207.505-1-lushenming@huawei.com: an accelerator of a Kunpeng 920 behind an SMMUv3 that stalls
 *   <li>[Neugebauer] R. Neugebauer et al., "Understanding PCIe performance for end host networking", SIGCOMM 2018,
 *       doi:10.1145/3230543.3230560
 *   <li>[Vesely] J. Vesely et al., "Observations and Opportunities in Architecting Shared Virtual Memory for
 *       Heterogeneous Systems", ISPASS 2016, doi:10.1109/ISPASS.2016.7482091: a GPU with ATS and page requests (PPR)
 *       behind an AMD IOMMU
 *   <li>[Mhetre] A. Mhetre, "[PATCH V4] iommu/io-pgtable-arm: Optimise non-coherent unmap", linux-kernel, 2024-08-06,
 *       message 20240806105135.218089-1-amhetre@nvidia.com: {@code dma_map_benchmark} behind an Arm SMMU
 * </ul>
 *
 * @param translate a translation that the device hasn't cached: an ATS translation request and its completion, or a
 *     walk by the unit
 * @param fault from a page request or stall to the handler, and from the response to the device's next try, both ways
 *     together, without what the handler takes
 * @param call one call of a handler, without the pages that the handler populates
 * @param populate one page that a handler populates
 * @param invalidate one invalidation of a range, with the wait for its completion
 */
public record Costs(long translate, long fault, long call, long populate, long invalidate) {
    /** A read of up to 128 bytes across PCIe, request to completion: about 600 ns [Neugebauer, §6.1]. */
    private static final long LINK = 600;

    /** What a miss of the IOMMU's cache adds to a read, the walk of the tables: about 330 ns [Neugebauer, §6.5]. */
    private static final long WALK = 330;

    /**
     * The ways of a stall. Host SVA with messages of 1 MiB, sent once, ran at 951,672 KB/s without faults and at
     * 163,866 KB/s with 512 faults: 10.1 us for each fault. Of these, {@code iopf_handle_group} took 2.0 us [Lu].
     */
    private static final long STALL_WAYS = 8_100;

    /**
     * A page. Messages of 10 MiB with 512 pages mapped at each fault lost 377 us for each of 13 faults, sent once, and
     * 166 us for each of 26, sent 100 times [Lu]. Without the ways of a stall these are 0.72 and 0.31 us for each page;
     * the default is the middle.
     */
    private static final long PAGE = 500;

    /** A call: {@code iopf_handle_group} took 2.0 us for one page [Lu], less that page. */
    private static final long CALL = 2_000 - PAGE;

    /** The device's TLB told to drop one entry, and waited for: 4.2 us [Vesely]. */
    private static final long DEVICE_TLB = 4_200;

    /**
     * The unit's own TLB. Unmapping 4 KiB took 3 us in all, and each further page about 1 us [Mhetre]; the page's part
     * taken off, 2 us remain for the command and the wait for its completion.
     */
    private static final long UNIT_TLB = 2_000;

    /**
     * A PCIe function behind ATS and PRI. A translation request crosses the link as a read does. Nothing is published
     * of a page request alone; the interrupt, the driver and the command are those of a stall, and request and response
     * cross the link. With call and page a fault takes 10.7 us so, within the 5 to 140 us of [Vesely].
     */
    public static final Costs PCIE = new Costs(LINK + WALK, STALL_WAYS + LINK, CALL, PAGE, DEVICE_TLB);

    /** A platform device behind a unit that stalls. */
    public static final Costs STALL = new Costs(WALK, STALL_WAYS, CALL, PAGE, UNIT_TLB);

    /** Checks the times. */
    public Costs {
        if (translate < 0 || fault < 0 || call < 0 || populate < 0 || invalidate < 0) {
            throw new IllegalArgumentException("a time is 0 ns or more, got translate %d fault %d call %d populate %d"
                            .formatted(translate, fault, call, populate)
                    + " invalidate " + invalidate);
        }
    }
}
