// SPDX-License-Identifier: Apache-2.0

/**
 * {@code iopf serve}: a platform that stays until its shell ends, with bundles that are installed and watched.
 */
package io.pgfault.cli.internal.serve;
