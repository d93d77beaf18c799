// SPDX-License-Identifier: Apache-2.0

/** The box for logs: the decoder of {@code io.pgfault.trace}, its records as JSON. Any thread, one text at a time. */
package io.pgfault.console.internal.paste;
