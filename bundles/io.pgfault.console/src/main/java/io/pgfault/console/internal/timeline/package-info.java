// SPDX-License-Identifier: Apache-2.0

/**
 * The last groups, from the core's events of the Java Flight Recorder. A thread of the recorder's stream reads events,
 * one thread opens and closes the windows in which events are recorded, and threads that take pictures read the result.
 * Nothing is recorded while no page is open.
 */
package io.pgfault.console.internal.timeline;
