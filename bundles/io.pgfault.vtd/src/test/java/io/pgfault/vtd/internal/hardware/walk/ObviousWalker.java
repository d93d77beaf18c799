// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The specification's words as a second walker, written for the eye and not for speed: entries are sets of bit numbers,
 * addresses are big integers, a walk first collects the whole path and then judges it. Shares no code with the unit's
 * walkers. Sets no bits in memory.
 */
final class ObviousWalker {
    private final SparseMemory memory;
    private final int hostWidth;
    private final int guestWidth;
    private final Set<Integer> secondStageLevels;
    private final boolean largePages;
    private final boolean deviceTlb;
    private final boolean snoop;

    ObviousWalker(SparseMemory memory, Capabilities unit) {
        this.memory = memory;
        this.hostWidth = unit.hostWidth();
        this.guestWidth = unit.guestWidth();
        this.secondStageLevels = bits(unit.secondStageLevels());
        this.largePages = unit.largePages();
        this.deviceTlb = unit.deviceTlb();
        this.snoop = unit.snoop();
    }

    /** What becomes of a request: "to ADDRESS SIZE PERMISSIONS" or "fault REASON". */
    String request(long rootTable, int requesterId, int pasid, String address, Set<Character> access) {
        Set<Integer> register = bits(rootTable);
        long mode = number(register, 10, 11);
        if (mode > 1) {
            return fault(0x30);
        }
        boolean legacy = mode == 0;
        BigInteger rootEntry = address(register, 12, 63).add(BigInteger.valueOf(requesterId / 256 * 16L));
        if (!has(rootEntry)) {
            return fault(legacy ? 0x8 : 0x38);
        }
        int function = requesterId % 256;
        Set<Integer> root = word(rootEntry, !legacy && function >= 128 ? 1 : 0);
        if (!root.contains(0)) {
            return fault(legacy ? 0x1 : 0x39);
        }
        if (any(root, 1, 11)
                || any(root, hostWidth, 63)
                || (legacy && !word(rootEntry, 1).isEmpty())) {
            return fault(legacy ? 0xa : 0x3a);
        }
        BigInteger table = address(root, 12, 63);
        if (legacy) {
            return legacy(table.add(BigInteger.valueOf(function * 16L)), address, access);
        }
        return scalable(table.add(BigInteger.valueOf(function % 128 * 32L)), pasid, address, access);
    }

    private String legacy(BigInteger entry, String address, Set<Character> access) {
        if (!has(entry)) {
            return fault(0x9);
        }
        Set<Integer> low = word(entry, 0);
        Set<Integer> high = word(entry, 1);
        if (!low.contains(0)) {
            return fault(0x2);
        }
        if (any(low, 4, 11) || any(low, hostWidth, 63) || high.contains(7) || any(high, 24, 63)) {
            return fault(0xb);
        }
        int levels = (int) number(high, 0, 2) + 2;
        long type = number(low, 2, 3);
        if (!secondStageLevels.contains(levels) || type == 3 || (type == 1 && !deviceTlb)) {
            return fault(0x3);
        }
        if (type == 2) {
            return passThrough(address, 0x4);
        }
        return secondStage(address(low, 12, 63), levels, new BigInteger(address, 16), access, true);
    }

    private String passThrough(String address, int beyond) {
        BigInteger to = new BigInteger(address, 16);
        return to.bitLength() > hostWidth ? fault(beyond) : "to " + to.toString(16) + " 12 rwx";
    }

    private String scalable(BigInteger entry, int pasid, String address, Set<Character> access) {
        if (!has(entry)) {
            return fault(0x40);
        }
        Set<Integer> low = word(entry, 0);
        Set<Integer> high = word(entry, 1);
        if (!low.contains(0)) {
            return fault(0x41);
        }
        if (any(low, 5, 8)
                || any(low, hostWidth, 63)
                || any(high, 21, 63)
                || !word(entry, 2).isEmpty()
                || !word(entry, 3).isEmpty()) {
            return fault(0x42);
        }
        long number = pasid < 0 ? number(high, 0, 19) : pasid;
        long directoryEntries = BigInteger.TWO.pow((int) number(low, 9, 11) + 7).longValue();
        if (number / 64 >= directoryEntries) {
            return fault(pasid < 0 ? 0x48 : 0x46);
        }
        BigInteger directory = address(low, 12, 63).add(BigInteger.valueOf(number / 64 * 8));
        if (!has(directory)) {
            return fault(0x50);
        }
        Set<Integer> pointer = word(directory, 0);
        if (!pointer.contains(0)) {
            return fault(0x51);
        }
        if (any(pointer, 2, 11) || any(pointer, hostWidth, 63)) {
            return fault(0x52);
        }
        return pasidEntry(address(pointer, 12, 63).add(BigInteger.valueOf(number % 64 * 64)), address, access);
    }

    private String pasidEntry(BigInteger entry, String address, Set<Character> access) {
        if (!has(entry)) {
            return fault(0x58);
        }
        Set<Integer> word0 = word(entry, 0);
        Set<Integer> word2 = word(entry, 2);
        if (!word0.contains(0)) {
            return fault(0x59);
        }
        long type = number(word0, 6, 8);
        boolean reserved = any(word0, 10, 11) || any(word(entry, 1), 16, 22) || any(word2, 8, 11);
        for (int i = 3; i < 8; i++) {
            reserved |= !word(entry, i).isEmpty();
        }
        reserved |= (type == 2 || type == 3) && any(word0, hostWidth, 63);
        reserved |= (type == 1 || type == 3) && any(word2, hostWidth, 63);
        if (reserved) {
            return fault(0x5a);
        }
        int second = (int) number(word0, 2, 4) + 2;
        int first = (int) number(word2, 2, 3) + 4;
        if (type == 0
                || type > 4
                || ((type == 2 || type == 3) && !secondStageLevels.contains(second))
                || ((type == 1 || type == 3) && first > 5)) {
            return fault(0x5b);
        }
        if (type == 4) {
            return passThrough(address, 0x83);
        }
        if (type == 2) {
            return secondStage(address(word0, 12, 63), second, new BigInteger(address, 16), access, false);
        }
        Second nested =
                type == 3 ? (at, rights) -> secondStage(address(word0, 12, 63), second, at, rights, false) : null;
        return firstStage(address(word2, 12, 63), first, address, access, word2, nested);
    }

    private interface Second {
        String translate(BigInteger at, Set<Character> access);
    }

    private String firstStage(
            BigInteger table, int levels, String address, Set<Character> access, Set<Integer> flags, Second second) {
        String binary = "0".repeat(64) + new BigInteger(address, 16).toString(2);
        binary = binary.substring(binary.length() - 64);
        int width = 12 + 9 * levels;
        String upper = binary.substring(0, 64 - width + 1);
        if (upper.contains("0") && upper.contains("1")) {
            return fault(0x80);
        }
        boolean supervisor = access.contains('p');
        boolean noExecute = flags.contains(5);
        boolean extended = flags.contains(7);
        List<Set<Integer>> path = new ArrayList<>();
        for (int level = levels; ; level--) {
            boolean top = level == levels;
            String index = binary.substring(64 - 12 - 9 * level, 64 - 12 - 9 * (level - 1));
            BigInteger at = table.add(new BigInteger(index, 2).shiftLeft(3));
            BigInteger real = at;
            if (second != null) {
                String found = second.translate(at, Set.of('r'));
                if (found.startsWith("fault")) {
                    return ofTable(found, top);
                }
                real = new BigInteger(found.split(" ")[1], 16);
            }
            if (!has(real)) {
                return fault(top ? 0x73 : 0x70);
            }
            Set<Integer> entry = word(real, 0);
            if (!entry.contains(0)) {
                return fault(0x71);
            }
            boolean page = level == 1 || entry.contains(7);
            int shift = 12 + 9 * (level - 1);
            if (any(entry, hostWidth, 51)
                    || (entry.contains(63) && !noExecute)
                    || (page && level > 3)
                    || (page && level > 1 && any(entry, 13, shift - 1))) {
                return fault(0x72);
            }
            path.add(entry);
            boolean user = path.stream().allMatch(e -> e.contains(2));
            boolean writable = path.stream().allMatch(e -> e.contains(1)) || (supervisor && !flags.contains(4));
            boolean executable =
                    path.stream().noneMatch(e -> e.contains(63)) && !(supervisor && user && flags.contains(6));
            if (page) {
                if (!supervisor && !user) {
                    return fault(0x81);
                }
                if (access.contains('w') && !writable) {
                    return fault(0x85);
                }
                if (access.contains('x') && !executable) {
                    return fault(0x82);
                }
            }
            boolean write =
                    page && (access.contains('w') || (access.contains('t') && writable && (supervisor || user)));
            boolean update = !entry.contains(5) || (extended && !entry.contains(10)) || (write && !entry.contains(6));
            if (second != null && update) {
                String found = second.translate(at, Set.of('w'));
                if (found.startsWith("fault")) {
                    return ofTable(found, top);
                }
            }
            if (page) {
                BigInteger to = address(entry, shift, 51).add(new BigInteger(binary.substring(64 - shift), 2));
                if (second == null && to.shiftRight(20).equals(BigInteger.valueOf(0xfee))) {
                    return fault(0x87);
                }
                String granted = "r" + (writable ? "w" : "-") + (executable ? "x" : "-");
                return second == null
                        ? "to " + to.toString(16) + " " + shift + " " + granted
                        : both(second.translate(to, access), shift, granted);
            }
            table = address(entry, 12, 51);
        }
    }

    private static String ofTable(String found, boolean top) {
        return switch (found) {
            case "fault 84" -> fault(0x74);
            case "fault 86", "fault 79" -> fault(top ? 0x75 : 0x76);
            case "fault 85" -> fault(0x77);
            default -> found;
        };
    }

    private static String both(String found, int shift, String granted) {
        String[] words = found.split(" ");
        if (words[0].equals("fault")) {
            return found;
        }
        StringBuilder rights = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            rights.append(granted.charAt(i) == words[3].charAt(i) ? granted.charAt(i) : '-');
        }
        return "to " + words[1] + " " + Math.min(shift, Integer.parseInt(words[2])) + " " + rights;
    }

    private String secondStage(
            BigInteger table, int levels, BigInteger address, Set<Character> access, boolean legacy) {
        if (address.bitLength() > 12 + 9 * levels || address.bitLength() > guestWidth) {
            return fault(legacy ? 0x4 : 0x84);
        }
        boolean mayRead = true;
        boolean mayWrite = true;
        for (int level = levels; ; level--) {
            int shift = 12 + 9 * (level - 1);
            BigInteger at = table.add(
                    address.shiftRight(shift).mod(BigInteger.valueOf(512)).shiftLeft(3));
            if (!has(at)) {
                boolean top = level == levels;
                return fault(legacy ? (top ? 0x3 : 0x7) : (top ? 0x7b : 0x78));
            }
            Set<Integer> entry = word(at, 0);
            mayRead &= entry.contains(0);
            mayWrite &= entry.contains(1);
            boolean absent = !entry.contains(0) && !entry.contains(1);
            boolean lacksWrite = access.contains('w') && !entry.contains(1);
            boolean lacksRead = access.contains('r') && !entry.contains(0);
            if (absent && !legacy) {
                return fault(0x79);
            }
            if (absent || lacksWrite || lacksRead) {
                return fault(lacksWrite ? (legacy ? 0x5 : 0x85) : (legacy ? 0x6 : 0x86));
            }
            boolean page = level == 1 || entry.contains(7);
            boolean reserved = any(entry, hostWidth, 51)
                    || (entry.contains(11) && !snoop)
                    || (entry.contains(62) && !(deviceTlb && page))
                    || (page && level > 3)
                    || (page && level > 1 && !largePages)
                    || (page && level > 1 && any(entry, 12, shift - 1));
            if (reserved) {
                return fault(legacy ? 0xc : 0x7a);
            }
            if (page) {
                BigInteger to = address(entry, shift, 51).add(address.mod(BigInteger.TWO.pow(shift)));
                if (to.shiftRight(20).equals(BigInteger.valueOf(0xfee))) {
                    return fault(legacy ? 0xe : 0x87);
                }
                return "to " + to.toString(16) + " " + shift + " " + (mayRead ? "r" : "-") + (mayWrite ? "w" : "-")
                        + "x";
            }
            table = address(entry, 12, 51);
        }
    }

    private static String fault(int reason) {
        return "fault " + Integer.toHexString(reason);
    }

    private boolean has(BigInteger address) {
        return memory.contains(address.longValue());
    }

    private Set<Integer> word(BigInteger address, int index) {
        return bits(memory.load(address.longValue() + 8L * index));
    }

    private static Set<Integer> bits(long word) {
        Set<Integer> set = new TreeSet<>();
        String binary = Long.toBinaryString(word);
        for (int i = 0; i < binary.length(); i++) {
            if (binary.charAt(binary.length() - 1 - i) == '1') {
                set.add(i);
            }
        }
        return set;
    }

    private static boolean any(Set<Integer> bits, int from, int to) {
        return bits.stream().anyMatch(bit -> bit >= from && bit <= to);
    }

    private static BigInteger address(Set<Integer> bits, int from, int to) {
        BigInteger sum = BigInteger.ZERO;
        for (int bit : bits) {
            if (bit >= from && bit <= to) {
                sum = sum.setBit(bit);
            }
        }
        return sum;
    }

    private static long number(Set<Integer> bits, int from, int to) {
        return address(bits, from, to).shiftRight(from).longValue();
    }
}
