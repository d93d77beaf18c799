// SPDX-License-Identifier: Apache-2.0

/** To be moved in. */
package io.pgfault.core;
