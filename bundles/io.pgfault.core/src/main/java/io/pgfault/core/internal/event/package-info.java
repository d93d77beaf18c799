// SPDX-License-Identifier: Apache-2.0

/**
 * Events of the Java Flight Recorder: what happens to a request and its group, under the field names of the kernel's
 * tracepoints and of {@code struct iommu_fault_page_request}. Every thread of the core enters. While the recorder does
 * not run, the classes' {@code isOn} is one read, and nothing is allocated. The room knows the API only.
 */
package io.pgfault.core.internal.event;
