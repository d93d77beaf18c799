// SPDX-License-Identifier: Apache-2.0

/**
 * The records that logs and dumps tell of, and what builds them. A {@link io.pgfault.trace.decode.RecordBuilder}
 * becomes a {@link io.pgfault.trace.decode.LogRecord} with its {@link io.pgfault.trace.decode.Cause likely causes}. A
 * record never changes; a builder belongs to one thread. The package knows no grammar and no reader.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("2.0.0")
package io.pgfault.trace.decode;
