// SPDX-License-Identifier: Apache-2.0

/**
 * The kernel as this bundle sees it: system calls, structures and numbers of {@code include/uapi/linux/iommufd.h} and
 * {@code include/uapi/linux/vfio.h}, and the objects that are made with them.
 *
 * <p>Everything native is behind {@link io.pgfault.iommufd.internal.kernel.SystemCalls}, so that a test needs no
 * kernel. No class here has a thread. This package knows no other package of the bundle.
 */
package io.pgfault.iommufd.internal.kernel;
