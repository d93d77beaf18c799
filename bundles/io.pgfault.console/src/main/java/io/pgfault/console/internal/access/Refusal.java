// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.access;

/**
 * Why a request does not come in.
 *
 * @param status the HTTP status
 * @param reason one sentence for the person in front of the browser
 */
public record Refusal(int status, String reason) {}
