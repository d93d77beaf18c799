// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import java.util.Optional;

/** The answer to a page request group (kernel: {@code enum iommu_page_response_code}). */
public enum ResponseCode {
    /** Every page of the group is present. The device tries again. */
    SUCCESS(0),
    /** At least one page of the group can't be granted. The device gives up the accesses of the group. */
    INVALID(1),
    /** The handler failed. The device sends no page requests until it is reset (PCIe 6.0 §10.4.2.2). */
    FAILURE(2);

    private final int value;

    ResponseCode(int value) {
        this.value = value;
    }

    /** The number of this code in the kernel's user API. A driver translates the code to its own wire format. */
    public int value() {
        return value;
    }

    /** The code of that number, or empty if there is none. */
    public static Optional<ResponseCode> of(int value) {
        return switch (value) {
            case 0 -> Optional.of(SUCCESS);
            case 1 -> Optional.of(INVALID);
            case 2 -> Optional.of(FAILURE);
            default -> Optional.empty();
        };
    }
}
