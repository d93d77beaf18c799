// SPDX-License-Identifier: Apache-2.0

/**
 * Events of the Java Flight Recorder: what happens to a request and its group, under the field names of the kernel's
 * tracepoints and of {@code struct iommu_fault_page_request}. Every thread of the core enters. While no recording wants
 * an event, the class's {@code isOn} is false, nothing is allocated and nothing is read. The room knows the API only.
 */
package io.pgfault.core.internal.event;
