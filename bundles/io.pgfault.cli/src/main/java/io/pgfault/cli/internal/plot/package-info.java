// SPDX-License-Identifier: Apache-2.0
/**
 * Pictures: lines, dots and words on a {@code Canvas}, written as SVG or as PNG. Neither needs a screen, fonts or the
 * classes of a desktop. One thread draws a picture.
 */
package io.pgfault.cli.internal.plot;
