// SPDX-License-Identifier: Apache-2.0
/**
 * Services that a component registers by itself. A package of its own: only the bundles that use this package import
 * the OSGi framework.
 */
package io.pgfault.parts.service;
