// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.grammar;

import io.pgfault.trace.decode.RecordBuilder;

/** What one message says: a record, more about an earlier record, or nothing. */
@org.osgi.annotation.versioning.ProviderType
public sealed interface ParsedField
        permits ParsedField.Whole,
                ParsedField.FollowUp,
                ParsedField.Also,
                ParsedField.Missing,
                ParsedField.Nothing,
                EventPart {
    /**
     * A record of its own.
     *
     * @param record the record; the reader of the log owns it from then on
     */
    record Whole(RecordBuilder record) implements ParsedField {}

    /**
     * More about an earlier record: the latest one with the same type and the same
     * {@linkplain RecordBuilder#awaits key}. The earlier record keeps its own value of a field that both have.
     *
     * @param record the fields to add
     * @param standsAlone whether the message gives an incomplete record where the log has no earlier one
     */
    record FollowUp(RecordBuilder record, boolean standsAlone) implements ParsedField {}

    /**
     * A record of its own that an earlier message may have announced: the latest one with the same type and the same
     * {@linkplain RecordBuilder#awaits key} gives its fields and notes to this one.
     *
     * @param record the record; the reader of the log owns it from then on
     */
    record Also(RecordBuilder record) implements ParsedField {}

    /**
     * The kernel left out messages of an IOMMU's driver, because too many came at a time.
     *
     * @param messages how many messages are missing before this line
     * @param by the kernel's function that would have printed them
     */
    record Missing(long messages, String by) implements ParsedField {}

    /** The message is known and tells of no fault. */
    record Nothing() implements ParsedField {}
}
