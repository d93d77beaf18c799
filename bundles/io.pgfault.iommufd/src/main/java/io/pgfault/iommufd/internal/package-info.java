// SPDX-License-Identifier: Apache-2.0

/** The unit and its devices: components, and what they share. */
package io.pgfault.iommufd.internal;
