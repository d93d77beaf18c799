// SPDX-License-Identifier: Apache-2.0
/**
 * Pieces that several bundles need and none owns: a doorbell, two ways of waiting, the walks that an
 * invalidation waits for, a rate-limited log, a list of taps, a size of memory.
 *
 * <p>This module is no bundle. The build copies the classes that a bundle uses into that bundle, privately ({@code
 * -conditionalpackage} of bnd), so no bundle imports this package and two bundles never share a class of it. The
 * package knows no other package of the project.
 */
package io.pgfault.parts;
