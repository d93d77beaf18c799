// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The kind of an event (IHI 0070 F.b §7.3). The ids that the architecture names are constants. Every other value is
 * kept as it is and named by its number.
 *
 * @param value bits 7:0 of an event record's word 0, 0 to 255
 * @param name the architecture's name, or one made of the number
 */
public record EventId(int value, String name) {
    /** Unsupported upstream transaction. */
    public static final EventId F_UUT = new EventId(0x01, "F_UUT");

    /** The StreamID is out of range. */
    public static final EventId C_BAD_STREAMID = new EventId(0x02, "C_BAD_STREAMID");

    /** The stream table entry can't be fetched. */
    public static final EventId F_STE_FETCH = new EventId(0x03, "F_STE_FETCH");

    /** The stream table entry is invalid. */
    public static final EventId C_BAD_STE = new EventId(0x04, "C_BAD_STE");

    /** ATS translation request where it is not allowed. */
    public static final EventId F_BAD_ATS_TREQ = new EventId(0x05, "F_BAD_ATS_TREQ");

    /** A transaction without SubstreamID of a stream that has these disabled. */
    public static final EventId F_STREAM_DISABLED = new EventId(0x06, "F_STREAM_DISABLED");

    /** A translated transaction where none is allowed. */
    public static final EventId F_TRANSL_FORBIDDEN = new EventId(0x07, "F_TRANSL_FORBIDDEN");

    /** A SubstreamID that isn't configured. */
    public static final EventId C_BAD_SUBSTREAMID = new EventId(0x08, "C_BAD_SUBSTREAMID");

    /** The context descriptor can't be fetched. */
    public static final EventId F_CD_FETCH = new EventId(0x09, "F_CD_FETCH");

    /** The context descriptor is invalid. */
    public static final EventId C_BAD_CD = new EventId(0x0a, "C_BAD_CD");

    /** External abort on a translation table walk. */
    public static final EventId F_WALK_EABT = new EventId(0x0b, "F_WALK_EABT");

    /** Nothing is mapped at the address. */
    public static final EventId F_TRANSLATION = new EventId(0x10, "F_TRANSLATION");

    /** The output address is too large. */
    public static final EventId F_ADDR_SIZE = new EventId(0x11, "F_ADDR_SIZE");

    /** The access flag of the page is clear. */
    public static final EventId F_ACCESS = new EventId(0x12, "F_ACCESS");

    /** The page doesn't grant the access. */
    public static final EventId F_PERMISSION = new EventId(0x13, "F_PERMISSION");

    /** Conflicting entries in a translation cache. */
    public static final EventId F_TLB_CONFLICT = new EventId(0x20, "F_TLB_CONFLICT");

    /** Conflicting entries in a configuration cache. */
    public static final EventId F_CFG_CONFLICT = new EventId(0x21, "F_CFG_CONFLICT");

    /** A hint that a page will be needed; nothing waits for it. */
    public static final EventId E_PAGE_REQUEST = new EventId(0x24, "E_PAGE_REQUEST");

    /** The virtual machine structure can't be fetched. */
    public static final EventId F_VMS_FETCH = new EventId(0x25, "F_VMS_FETCH");

    private static final Map<Integer, EventId> NAMED = Stream.of(
                    F_UUT,
                    C_BAD_STREAMID,
                    F_STE_FETCH,
                    C_BAD_STE,
                    F_BAD_ATS_TREQ,
                    F_STREAM_DISABLED,
                    F_TRANSL_FORBIDDEN,
                    C_BAD_SUBSTREAMID,
                    F_CD_FETCH,
                    C_BAD_CD,
                    F_WALK_EABT,
                    F_TRANSLATION,
                    F_ADDR_SIZE,
                    F_ACCESS,
                    F_PERMISSION,
                    F_TLB_CONFLICT,
                    F_CFG_CONFLICT,
                    E_PAGE_REQUEST,
                    F_VMS_FETCH)
            .collect(Collectors.toUnmodifiableMap(EventId::value, Function.identity()));

    /** Checks the range. */
    public EventId {
        if (value < 0 || value > 0xff) {
            throw new IllegalArgumentException("an event id has 8 bits, got 0x%x".formatted(value));
        }
    }

    /**
     * The event of that number, also if the architecture doesn't name it.
     *
     * @param value 0 to 255
     */
    public static EventId of(int value) {
        EventId named = NAMED.get(value);
        if (named != null) {
            return named;
        }
        boolean implementationDefined = value >= 0xe0 && value <= 0xef;
        return new EventId(value, (implementationDefined ? "IMPDEF_EVENT_0x%02x" : "EVENT_0x%02x").formatted(value));
    }

    /** The ids that the architecture names. */
    public static Stream<EventId> named() {
        return NAMED.values().stream();
    }

    /**
     * Whether a transaction can stall with this event: {@link #F_TRANSLATION}, {@link #F_ADDR_SIZE}, {@link #F_ACCESS},
     * {@link #F_PERMISSION} (rule A01).
     */
    public static boolean stallable(int value) {
        return value >= 0x10 && value <= 0x13;
    }

    /**
     * Whether an event that isn't of stage 2 is the business of the client that keeps the first stage: {@link
     * #C_BAD_STE}, {@link #F_STREAM_DISABLED}, {@link #C_BAD_SUBSTREAMID}, {@link #C_BAD_CD}, and the four that can
     * stall (rule N08; kernel: {@code arm_smmu_handle_event}).
     */
    public static boolean ofFirstStage(int value) {
        return value == C_BAD_STE.value
                || value == F_STREAM_DISABLED.value
                || value == C_BAD_SUBSTREAMID.value
                || value == C_BAD_CD.value
                || stallable(value);
    }

    /** See {@link #stallable(int)}. */
    public boolean stallable() {
        return stallable(value);
    }

    @Override
    public String toString() {
        return name;
    }
}
