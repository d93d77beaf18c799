// SPDX-License-Identifier: Apache-2.0

/**
 * Domains, and what attaches them to (device, PASID) (rules C06, C19). The room knows handlers and no device but its
 * public face. The owners of address spaces enter to allocate, free and invalidate; every closed group refers to the
 * attachment that it closed under.
 */
package io.pgfault.core.internal.domain;
