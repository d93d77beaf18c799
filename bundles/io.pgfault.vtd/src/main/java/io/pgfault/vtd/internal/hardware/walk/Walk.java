// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import io.pgfault.api.Permissions;
import io.pgfault.parts.Walkers;
import io.pgfault.vtd.spec.table.FaultReason;

/**
 * What became of one request: a translation, or stage, level, address and reason (rule T01). The calling thread owns
 * the object and uses it again for its next request; the fields are valid until then.
 */
public final class Walk extends Walkers.Turn {
    /**
     * Bit of an access beside those of {@link Permissions}: the request is a translation request, which asks what is
     * granted. Dirty bits are set if the translation grants writes.
     */
    public static final int TRANSLATE = 1 << 4;

    /**
     * Bit of an access beside those of {@link Permissions}: software asks what a request would get. Nothing is set in
     * tables.
     */
    public static final int PROBE = 1 << 5;

    private long address;
    private int shift;
    private int permissions;
    private boolean clean;
    private int reason;
    private int stage;
    private int level;
    private long faultAddress;
    private boolean silent;
    private long between;
    private long lastTable;

    /** Whether there is a translation. */
    public boolean isTranslated() {
        return reason == FaultReason.NONE;
    }

    /** The translated address, of the byte that was asked for. */
    public long address() {
        return address;
    }

    /** Size of the page as a shift: 12, 21 or 30; with two stages that of the smaller page. */
    public int shift() {
        return shift;
    }

    /** What the levels of all stages grant together, bits of {@link Permissions}. */
    public int permissions() {
        return permissions;
    }

    /** Whether a write has yet to set a dirty bit, so that a cached translation doesn't serve writes. */
    public boolean isClean() {
        return clean;
    }

    /** Why there is no translation, see {@link FaultReason}. */
    public int reason() {
        return reason;
    }

    /** Where the walk ended: stage 1 or 2, 0 if it didn't come to a stage. */
    public int stage() {
        return stage;
    }

    /** The level at which the walk ended, 1 for the entries that map 4 KiB; 0 if no entry was at fault. */
    public int level() {
        return level;
    }

    /** The address that the stage couldn't translate: the request's for stage 1, the first stage's for stage 2. */
    public long faultAddress() {
        return faultAddress;
    }

    /**
     * The address that the first stage gave to the second, of the byte that was asked for. Valid after a translation
     * with two stages.
     */
    public long between() {
        return between;
    }

    /** Sets what the first stage gave to the second; returns true. */
    boolean between(long given) {
        between = given;
        return true;
    }

    /**
     * The address of the table whose entry maps the page of 4 KiB, if the levels above grant everything; else 0. Valid
     * after a translation.
     */
    public long lastTable() {
        return lastTable;
    }

    /** Sets the table at which a later walk may begin; returns true. */
    boolean lastTable(long address) {
        lastTable = address;
        return true;
    }

    /** Whether fault processing is disabled for the request, so that a qualified fault isn't recorded. */
    public boolean isSilent() {
        return silent;
    }

    /** Sets whether fault processing is disabled for the request. */
    public void silent(boolean disabled) {
        silent = disabled;
    }

    /** Ends the walk with a translation; returns true. */
    public boolean translated(long to, int pageShift, int granted, boolean needsDirty) {
        address = to;
        shift = pageShift;
        permissions = granted;
        clean = needsDirty;
        reason = FaultReason.NONE;
        stage = 0;
        level = 0;
        faultAddress = 0;
        lastTable = 0;
        return true;
    }

    /** Ends the walk without a translation; returns false. */
    public boolean fault(int why, int atStage, int atLevel, long of) {
        reason = why;
        stage = atStage;
        level = atLevel;
        faultAddress = of;
        silent = false;
        address = 0;
        shift = 0;
        permissions = 0;
        clean = false;
        return false;
    }

    /** Gives the fault that the walk ended with another reason; returns false. */
    boolean because(int why) {
        reason = why;
        return false;
    }
}
