// SPDX-License-Identifier: Apache-2.0

/**
 * What a command runs on: units, devices and address spaces that are services, and the configurations that make new
 * ones. Every other package of the command line may enter. Any thread.
 */
package io.pgfault.cli.internal.platform;
