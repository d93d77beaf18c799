// SPDX-License-Identifier: Apache-2.0

/**
 * Recordings: what the hardware of one or several units wrote, with its time. {@link
 * io.pgfault.trace.recording.RecordingWriter} writes a file, and describes its form; {@link
 * io.pgfault.trace.recording.RecordingReader} reads the file. The replay of a recording is in {@code
 * io.pgfault.trace.replay}.
 */
@org.osgi.annotation.bundle.Export
@org.osgi.annotation.versioning.Version("1.0.0")
package io.pgfault.trace.recording;
