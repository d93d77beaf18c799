// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api;

import java.util.Optional;

/** The answer to a page request group (kernel: {@code enum iommu_page_response_code}). */
public enum ResponseCode {
    /** The pages are there; the device retries. */
    SUCCESS(0),
    /** At least one page can't be granted; the device gives these accesses up. */
    INVALID(1),
    /** The handler failed; the device must not send page requests until it is reset. */
    FAILURE(2);

    private final int value;

    ResponseCode(int value) {
        this.value = value;
    }

    /** The number of this code in the kernel's user API. Codes on a wire are each driver's own. */
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
