// SPDX-License-Identifier: Apache-2.0

/**
 * The device's lock. The room knows nothing of the framework. Every thread that reports for a device, answers its groups
 * or changes what is attached to it may enter.
 */
package io.pgfault.core.internal.lock;
