// SPDX-License-Identifier: Apache-2.0

/**
 * Groups: the partial requests of groups that are open, the closed groups of one device from last request to response,
 * and the storage behind both (rules C03 to C11, C15, R08). The room sees its device as {@link
 * io.pgfault.core.internal.group.GroupDevice}. Event threads enter to collect and close groups, any thread to answer
 * one.
 */
package io.pgfault.core.internal.group;
