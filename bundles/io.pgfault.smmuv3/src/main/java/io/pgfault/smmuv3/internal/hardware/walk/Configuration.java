// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.internal.hardware.walk;

/**
 * What the tables say about one (StreamID, SubstreamID): how its transactions are translated, or which event they have
 * instead (rule T04). Immutable; one exists for each entry of a cache, none for each walk.
 *
 * @param event 0 if there is a translation; {@link #ABORT}; else the number of an event, see {@code EventId}
 * @param word1 of the event record, without the fields of the transaction: class and S2
 * @param word3 of the event record: the fetch address, or the intermediate physical address
 * @param stage1 {@code null} if the first stage doesn't translate
 * @param stage2 {@code null} if the second stage doesn't translate; also given with an event
 * @param steWord1 word 1 of the stream table entry: EATS, PRIVCFG, INSTCFG
 * @param vmid STE.S2VMID, which tags translations of either stage, 16 bits
 */
public record Configuration(int event, long word1, long word3, Stage1 stage1, Stage2 stage2, long steWord1, int vmid) {
    /** {@link #event}: transactions are aborted, and no event is recorded (STE.Config 0b0xx). */
    public static final int ABORT = -1;

    /** Whether transactions are translated, or bypass both stages. */
    public boolean translates() {
        return event == 0;
    }

    static Configuration fault(int event) {
        return new Configuration(event, 0, 0, null, null, 0, 0);
    }

    static Configuration fetch(int event, long address) {
        return new Configuration(event, 0, address, null, null, 0, 0);
    }
}
