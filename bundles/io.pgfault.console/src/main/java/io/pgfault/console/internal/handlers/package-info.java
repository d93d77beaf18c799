// SPDX-License-Identifier: Apache-2.0

/**
 * The handlers of the platform as an operator sees them: running or stopped, in their order, and the levers that
 * Declarative Services and ConfigurationAdmin have for them. Threads that serve requests call in; one lock orders
 * changes.
 */
package io.pgfault.console.internal.handlers;
