// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.cache;

/**
 * A page table entry that maps a cached page.
 *
 * @param mapper the page table
 * @param page the page number there
 */
public record Mapping(Mapper mapper, long page) {}
