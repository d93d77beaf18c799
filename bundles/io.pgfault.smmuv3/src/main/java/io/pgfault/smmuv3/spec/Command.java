// SPDX-License-Identifier: Apache-2.0
package io.pgfault.smmuv3.spec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A command of the command queue, 16 bytes (IHI 0070 F.b §4.1): the four that fault handling needs. The
 * commands that make a unit or a device forget are in {@link CacheCommand}.
 *
 * <pre>
 * CMD_PRI_RESP 0x41 (§4.5.2)
 *  63                            32 31                 12  11  10  8 7       0
 * +--------------------------------+---------------------+----+-----+---------+
 * |           StreamID             |     SubstreamID     | SSV|  0  |  0x41   |
 * +--------------------------------+---------------------+----+-----+---------+
 *  63                                       14 13  12 11     9 8             0
 * +-------------------------------------------+------+--------+---------------+
 * |                     0                     | Resp |    0   |   PRG index   |
 * +-------------------------------------------+------+--------+---------------+
 *
 * CMD_RESUME 0x44 (§4.7.1)
 *  63                            32 31       14 13  12 11            8 7     0
 * +--------------------------------+-----------+------+---------------+-------+
 * |           StreamID             |     0     | Resp |       0       | 0x44  |
 * +--------------------------------+-----------+------+---------------+-------+
 *  63                                                    16 15               0
 * +--------------------------------------------------------+------------------+
 * |                           0                            |       STAG       |
 * +--------------------------------------------------------+------------------+
 *
 * CMD_STALL_TERM 0x45 (§4.7.2)
 *  63                            32 31                               8 7     0
 * +--------------------------------+----------------------------------+-------+
 * |           StreamID             |                 0                | 0x45  |
 * +--------------------------------+----------------------------------+-------+
 *
 * CMD_SYNC 0x46 (§4.7.3)
 *  63                            32 31       14 13  12 11            8 7     0
 * +--------------------------------+-----------+------+---------------+-------+
 * |            MSIData             |     0     |  CS  |       0       | 0x46  |
 * +--------------------------------+-----------+------+---------------+-------+
 *  63   52 51                                                        2 1     0
 * +-------+-----------------------------------------------------------+-------+
 * |   0   |                       MSIAddress 51:2                     |   0   |
 * +-------+-----------------------------------------------------------+-------+
 * </pre>
 *
 * @param word0 bytes 7:0
 * @param word1 bytes 15:8
 */
public record Command(long word0, long word1) {
    /** Size in bytes. */
    public static final int BYTES = 16;

    /** Opcode of the response to a page request group. */
    public static final int CMD_PRI_RESP = 0x41;

    /** Opcode that lets one stalled transaction go. */
    public static final int CMD_RESUME = 0x44;

    /** Opcode that terminates all stalled transactions of a stream. */
    public static final int CMD_STALL_TERM = 0x45;

    /** Opcode of the barrier: complete when all commands before it are. */
    public static final int CMD_SYNC = 0x46;

    /** CMD_RESUME: the transaction ends quietly; reads return zeros, writes are ignored. */
    public static final int RESUME_TERMINATE = 0;

    /** CMD_RESUME: the transaction is tried again. */
    public static final int RESUME_RETRY = 1;

    /** CMD_RESUME: the transaction ends with an abort. */
    public static final int RESUME_ABORT = 2;

    /** CMD_PRI_RESP: Response Failure; the device stops using PRI. */
    public static final int PRI_FAILURE = 0;

    /** CMD_PRI_RESP: Invalid Request. */
    public static final int PRI_INVALID = 1;

    /** CMD_PRI_RESP: Success. */
    public static final int PRI_SUCCESS = 2;

    /** CMD_SYNC: nothing is signalled, the consumer index shows completion. */
    public static final int SYNC_NONE = 0;

    /** CMD_SYNC: on completion MSIData is written to MSIAddress. */
    public static final int SYNC_MSI = 1;

    /** CMD_SYNC: on completion a processor event is sent. */
    public static final int SYNC_EVENT = 2;

    private static final int SSV = 11;
    private static final int SUBSTREAM = 12;
    private static final long SUBSTREAM_MASK = 0xfffff;
    private static final int RESPONSE = 12;
    private static final int UPPER = 32;

    /** The opcode, word 0 bits 7:0. */
    public static int opcode(long word0) {
        return (int) (word0 & 0xff);
    }

    /** The StreamID, word 0 bits 63:32, of every command here but CMD_SYNC; unsigned. */
    public static int streamId(long word0) {
        return (int) (word0 >>> UPPER);
    }

    // CMD_RESUME, CMD_STALL_TERM

    /** CMD_RESUME: the response, word 0 bits 13:12, 0 to 3; 3 is reserved. */
    public static int resumeResponse(long word0) {
        return (int) (word0 >>> RESPONSE & 0b11);
    }

    /** CMD_RESUME: the stall tag, word 1 bits 15:0. */
    public static int stag(long word1) {
        return (int) (word1 & 0xffff);
    }

    /** Word 0 of CMD_RESUME. */
    public static long resume0(int streamId, int response) {
        return CMD_RESUME | (response & 0b11L) << RESPONSE | (long) streamId << UPPER;
    }

    /** Word 1 of CMD_RESUME. */
    public static long resume1(int stag) {
        return stag & 0xffffL;
    }

    /** Word 0 of CMD_STALL_TERM; its word 1 is zero. */
    public static long stallTerm0(int streamId) {
        return CMD_STALL_TERM | (long) streamId << UPPER;
    }

    // CMD_PRI_RESP

    /** CMD_PRI_RESP: whether the SubstreamID is valid, word 0 bit 11. */
    public static boolean ssv(long word0) {
        return (word0 >>> SSV & 1) != 0;
    }

    /** CMD_PRI_RESP: the SubstreamID, word 0 bits 31:12. */
    public static int substreamId(long word0) {
        return (int) (word0 >>> SUBSTREAM & SUBSTREAM_MASK);
    }

    /** CMD_PRI_RESP: the page request group index, word 1 bits 8:0. */
    public static int prgIndex(long word1) {
        return (int) (word1 & PriRecord.PRG_INDEX_MAX);
    }

    /** CMD_PRI_RESP: the response, word 1 bits 13:12, 0 to 3; 3 is reserved. */
    public static int priResponse(long word1) {
        return (int) (word1 >>> RESPONSE & 0b11);
    }

    /** Word 0 of CMD_PRI_RESP without SubstreamID. */
    public static long priResp0(int streamId) {
        return CMD_PRI_RESP | (long) streamId << UPPER;
    }

    /** Word 0 of CMD_PRI_RESP with SubstreamID. */
    public static long priResp0(int streamId, int substreamId) {
        return priResp0(streamId) | 1L << SSV | (substreamId & SUBSTREAM_MASK) << SUBSTREAM;
    }

    /** Word 1 of CMD_PRI_RESP. */
    public static long priResp1(int prgIndex, int response) {
        return (prgIndex & PriRecord.PRG_INDEX_MAX) | (response & 0b11L) << RESPONSE;
    }

    // CMD_SYNC

    /**
     * CMD_SYNC: the completion signal, word 0 bits 13:12: {@link #SYNC_NONE}, {@link #SYNC_MSI}, {@link
     * #SYNC_EVENT}, or 3, reserved.
     */
    public static int syncSignal(long word0) {
        return (int) (word0 >>> RESPONSE & 0b11);
    }

    /** CMD_SYNC: what is written on completion, word 0 bits 63:32. */
    public static int msiData(long word0) {
        return (int) (word0 >>> UPPER);
    }

    /** CMD_SYNC: where it is written, word 1 bits 51:2, in bytes. */
    public static long msiAddress(long word1) {
        return word1 & 0x000f_ffff_ffff_fffcL;
    }

    /** Word 0 of CMD_SYNC; {@code msiData} counts with {@link #SYNC_MSI} only. */
    public static long sync0(int signal, int msiData) {
        return CMD_SYNC | (signal & 0b11L) << RESPONSE | (long) msiData << UPPER;
    }

    /** Word 1 of CMD_SYNC with {@link #SYNC_MSI}; bits 1:0 of the address are ignored. */
    public static long sync1(long msiAddress) {
        return msiAddress(msiAddress);
    }

    // The value

    /** Reads the command at {@code offset}, little-endian, and leaves order and position of {@code buffer} alone. */
    public static Command decode(ByteBuffer buffer, int offset) {
        ByteBuffer little = buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        return new Command(little.getLong(offset), little.getLong(offset + 8));
    }

    /** Writes the 16 bytes at {@code offset}, little-endian, also in a {@code buffer} of another byte order. */
    public void encode(ByteBuffer buffer, int offset) {
        buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN).putLong(offset, word0).putLong(offset + 8, word1);
    }

    /** The opcode. */
    public int opcode() {
        return opcode(word0);
    }

    /** The command in words, as a person reads it. */
    @Override
    public String toString() {
        return switch (opcode()) {
            case CMD_RESUME ->
                "CMD_RESUME stream 0x%x tag %d %s"
                        .formatted(streamId(word0), stag(word1), resumeWord(resumeResponse(word0)));
            case CMD_STALL_TERM -> "CMD_STALL_TERM stream 0x%x".formatted(streamId(word0));
            case CMD_PRI_RESP ->
                "CMD_PRI_RESP stream 0x%x%s group %d %s"
                        .formatted(
                                streamId(word0),
                                ssv(word0) ? " substream " + substreamId(word0) : "",
                                prgIndex(word1),
                                priWord(priResponse(word1)));
            case CMD_SYNC -> "CMD_SYNC";
            default ->
                CacheCommand.isCommand(opcode())
                        ? CacheCommand.describe(word0, word1)
                        : "command 0x%02x (0x%016x 0x%016x)".formatted(opcode(), word0, word1);
        };
    }

    private static String resumeWord(int response) {
        return switch (response) {
            case RESUME_TERMINATE -> "terminate";
            case RESUME_RETRY -> "retry";
            case RESUME_ABORT -> "abort";
            default -> "reserved response";
        };
    }

    private static String priWord(int response) {
        return switch (response) {
            case PRI_FAILURE -> "failure";
            case PRI_INVALID -> "invalid";
            case PRI_SUCCESS -> "success";
            default -> "reserved response";
        };
    }
}
