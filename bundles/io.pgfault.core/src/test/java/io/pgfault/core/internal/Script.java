// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

/** What a scripted handler does with a group: the same for the core and its model, from nothing but their numbers. */
enum Script {
    KEEP,
    SUCCESS,
    INVALID,
    FAILURE,
    DECLINE,
    THROW,
    RETURN_NULL,
    ANSWER_AND_DECLINE,
    ANSWER_AND_THROW,
    ANSWER_TWICE,
    EXECUTE_AND_ANSWER,
    EXECUTE_AND_THROW,
    EXECUTE_AND_DECLINE,
    REMOVE_THE_DEVICE,
    LEAVE_AND_KEEP,
    LEAVE_AND_THROW,
    LEAVE_AND_DECLINE;

    private static final Script[] OFTEN = {KEEP, KEEP, KEEP, KEEP, SUCCESS, SUCCESS, INVALID, DECLINE, DECLINE, THROW};

    /**
     * What to do.
     *
     * @param service the handler's service id
     * @param serial the number of the group's last request
     */
    static Script of(long service, long serial) {
        long hash = (service * 0x9e37_79b9_7f4a_7c15L) ^ (serial * 0xc2b2_ae3d_27d4_eb4fL);
        hash = (hash ^ (hash >>> 29)) * 0xbf58_476d_1ce4_e5b9L;
        int dice = (int) (hash >>> 33);
        if (dice % 4 != 0) {
            return OFTEN[(dice >>> 8) % OFTEN.length];
        }
        Script rare = values()[(dice >>> 8) % values().length];
        // Scripts that remove devices and handlers are rarer still: otherwise none would be left.
        return rare.compareTo(REMOVE_THE_DEVICE) >= 0 && dice % 16 != 0 ? KEEP : rare;
    }
}
