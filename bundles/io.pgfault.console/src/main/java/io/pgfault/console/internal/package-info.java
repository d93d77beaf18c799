// SPDX-License-Identifier: Apache-2.0

/**
 * The servlet of the page, and where the page is. Threads of the HTTP server call the servlet; a thread that streams
 * pictures stays in it until its reader leaves or the bundle stops. The servlet knows every other room; no other room
 * knows the servlet.
 */
package io.pgfault.console.internal;
