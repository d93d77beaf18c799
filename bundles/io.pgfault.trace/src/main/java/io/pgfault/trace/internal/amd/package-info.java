// SPDX-License-Identifier: Apache-2.0

/**
 * The messages of AMD-Vi, in Linux and in Xen. Any thread may enter.
 */
package io.pgfault.trace.internal.amd;
