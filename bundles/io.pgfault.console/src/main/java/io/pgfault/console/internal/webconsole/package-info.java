// SPDX-License-Identifier: Apache-2.0

/**
 * The Apache Felix Web Console beside the page: an entry in its menu, and its door, which opens by the token. Without a
 * Web Console nothing asks for these services, and no class of it is needed.
 */
package io.pgfault.console.internal.webconsole;
