// SPDX-License-Identifier: Apache-2.0
/**
 * How the hardware reads tables in memory: {@link io.pgfault.smmuv3.internal.hardware.walk.Walker} walks translation
 * tables (rules T01, T02, T03, T06), and {@link io.pgfault.smmuv3.internal.hardware.walk.Result} says what a walk
 * found. {@link io.pgfault.smmuv3.internal.hardware.walk.ConfigurationWalker} finds which tables a transaction uses
 * (rule T04).
 *
 * <p>The room knows {@code spec.table} and {@code PhysicalMemory}. Its classes keep no state that changes: any thread
 * walks, without a lock, while another thread changes the tables. Bad bytes never cause an exception.
 */
package io.pgfault.smmuv3.internal.hardware.walk;
