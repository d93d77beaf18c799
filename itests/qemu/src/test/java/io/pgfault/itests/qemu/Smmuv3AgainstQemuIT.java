// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.itests.qemu.QemuSmmu.Features;
import io.pgfault.smmuv3.internal.hardware.walk.StreamTables;
import io.pgfault.smmuv3.spec.EventId;
import io.pgfault.smmuv3.spec.EventRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random stream tables, context descriptors and tables of stage 1, whole and broken, and random DMA: QEMU's SMMUv3 and
 * our walkers must agree on the bytes that arrive, or on the event record, field by field. {@link SmmuLimit} has what
 * QEMU doesn't do.
 *
 * <p>A device needs 100 ms for a transfer, so many devices transfer at a time.
 */
class Smmuv3AgainstQemuIT {
    private static final int DEVICES = 200;
    private static final int CASES = Integer.getInteger("qemu.cases", 10_000);
    private static final int LENGTH = 16;
    private static final long QUEUES = 0x4020_0000L;
    private static final long PATTERNS = 0x4700_0000L;
    private static final long OF_TABLES =
            Stream.of(SmmuLimit.values()).filter(SmmuLimit::isOfTables).count();
    private static final long TRANSFER_NANOS = 100_000_000L;

    private final long seed = Long.getLong("qemu.seed", System.nanoTime());
    private final Random random = new Random(seed);
    /** Subsets of QEMU's limits, the small ones first. */
    private final List<Set<SmmuLimit>> all = subsets(limit -> true);

    /** What a case must be harmless with: QEMU has some of the limits, few or most. */
    private final List<Set<SmmuLimit>> ofTables = subsets(SmmuLimit::isOfTables).stream()
            .filter(limits -> limits.size() <= 2 || limits.size() >= OF_TABLES - 1)
            .toList();

    private final Map<String, Integer> outcomes = new TreeMap<>();
    private final Map<SmmuLimit, Integer> differences = new TreeMap<>();
    private int explained;
    private QemuMachine machine;
    private QemuSmmu unit;
    private Features features;
    private SmmuTables tables;
    private int batches;

    @Test
    void t01_t02_t04_t07_tenThousandRandomRequests_endAsInQemu(@TempDir Path linear, @TempDir Path twoLevel)
            throws Exception {
        // QEMU 7.2 can't return to a stream table of one level, so the second half has a machine of its own.
        int counted = half(linear, false) + half(twoLevel, true);
        System.out.printf(
                "SMMUv3 against QEMU %s: seed %d, %d cases in %d batches, outcomes %s, %d explained differences%n",
                machine.version(), seed, counted, batches, outcomes, explained);
        differences.forEach((limit, count) -> System.out.printf("  %5d %s%n", count, limit));
    }

    private int half(Path directory, boolean twoLevel) throws Exception {
        int counted = 0;
        try (QemuMachine started = QemuMachine.virt(directory, DEVICES, "")) {
            machine = started;
            unit = new QemuSmmu(machine, QUEUES);
            features = unit.features();
            tables = new SmmuTables(machine.ram(), random, takesHighAddresses() ? 2 : 40);
            while (counted < CASES / 2) {
                counted += batch(twoLevel);
            }
        }
        return counted;
    }

    /** Whether a request of 2^48 and above reaches the unit: without tables the unit says so. */
    private boolean takesHighAddresses() {
        unit.streams(new StreamTables(QUEUES, 0, false, 6));
        unit.enable(true);
        transferAll(i -> 1L << 60, i -> false);
        unit.enable(false);
        return !unit.events().isEmpty();
    }

    private int batch(boolean twoLevel) {
        int number = batches++;
        unit.enable(false);
        for (int i = 0; i < DEVICES; i++) {
            machine.ram().store(PATTERNS + (long) i * LENGTH, pattern(number, i));
            machine.ram().store(PATTERNS + (long) i * LENGTH + 8, ~pattern(number, i));
        }
        transferAll(i -> PATTERNS + (long) i * LENGTH, i -> false);
        StreamTables streams = tables.empty(twoLevel);
        unit.streams(streams);
        SmmuExpectation ours = new SmmuExpectation(machine.ram(), features, streams);
        List<SmmuCase> cases = generate(ours, twoLevel && number % 4 == 3);
        unit.invalidateAll();
        unit.enable(true);
        transferAll(i -> cases.get(i).address, i -> cases.get(i).write);
        unit.enable(false);
        Map<Integer, List<EventRecord>> events = new HashMap<>();
        for (EventRecord event : unit.events()) {
            events.computeIfAbsent(event.streamId(), id -> new ArrayList<>()).add(event);
        }
        // What the reading devices hold now goes to memory again.
        transferAll(i -> PATTERNS + (long) i * LENGTH, i -> true);
        for (int i = 0; i < DEVICES; i++) {
            judge(ours, cases.get(i), events.getOrDefault(QemuMachine.requesterId(i), List.of()), number, i);
        }
        return DEVICES;
    }

    private List<SmmuCase> generate(SmmuExpectation ours, boolean breakFirstLevel) {
        List<SmmuCase> cases = new ArrayList<>();
        for (int i = 0; i < DEVICES; i++) {
            cases.add(tables.generate(QemuMachine.requesterId(i), i * (long) LENGTH));
        }
        // A broken pointer may lead to another device's tables, so a new case may spoil an earlier one.
        for (boolean fit = false; !fit; ) {
            fit = true;
            for (int i = 0; i < DEVICES; i++) {
                while (!ours.judgeable(cases.get(i), ofTables)) {
                    cases.set(i, tables.generate(QemuMachine.requesterId(i), i * (long) LENGTH));
                    fit = false;
                }
            }
        }
        if (breakFirstLevel) {
            tables.breakFirstLevel(() -> cases.stream().allMatch(c -> ours.judgeable(c, ofTables)));
        }
        for (int i = 0; i < DEVICES; i++) {
            SmmuCase c = cases.get(i);
            c.expected = ours.of(c, Set.of());
            for (Set<SmmuLimit> limits : ofTables) {
                long to = ours.of(c, limits).to();
                if (SmmuTables.isData(to) && c.targets.add(to)) {
                    machine.ram().store(to, 0x1111_0000L + i);
                    machine.ram().store(to + 8, 0x2222_0000L + i);
                }
            }
        }
        return cases;
    }

    private void judge(SmmuExpectation ours, SmmuCase c, List<EventRecord> events, int number, int device) {
        assertThat(events)
                .as("QEMU's records of one request, one for each 4 bytes")
                .isEqualTo(events.isEmpty() ? List.of() : pieces(events.get(0)));
        EventRecord event = events.isEmpty() ? null : events.get(0);
        if (isWhatHappened(c.expected, c, event, number, device)) {
            outcomes.merge(c.expected.kind(), 1, Integer::sum);
            return;
        }
        Optional<Set<SmmuLimit>> why = all.stream()
                .filter(limits -> isWhatHappened(ours.of(c, limits), c, event, number, device))
                .findFirst();
        assertThat(why)
                .as(
                        "seed %d, batch %d, StreamID %x: ours %s, QEMU's %s, address %x, write %s,%s",
                        seed, number, c.streamId, c.expected, event, c.address, c.write, c.broken)
                .isPresent();
        why.orElseThrow().forEach(limit -> differences.merge(limit, 1, Integer::sum));
        explained++;
    }

    /** Whether QEMU's event is that of an outcome; without an event, whether the bytes have arrived there. */
    private boolean isWhatHappened(SmmuOutcome outcome, SmmuCase c, EventRecord event, int number, int device) {
        if (event != null) {
            return event.equals(outcome.event());
        }
        if (outcome.isTranslated()) {
            return !SmmuTables.isData(outcome.to()) || hasArrived(c, outcome.to(), number, device);
        }
        return outcome.event() == null && c.targets.stream().noneMatch(to -> hasArrived(c, to, number, device));
    }

    private boolean hasArrived(SmmuCase c, long to, int number, int device) {
        long back = PATTERNS + (long) device * LENGTH;
        Ram ram = machine.ram();
        return c.write
                ? ram.load(to) == pattern(number, device) && ram.load(to + 8) == ~pattern(number, device)
                : ram.load(to) == ram.load(back) && ram.load(to + 8) == ram.load(back + 8);
    }

    /** QEMU cuts a request that it refuses into pieces of 4 bytes, which are requests of their own. */
    private static List<EventRecord> pieces(EventRecord first) {
        List<EventRecord> pieces = new ArrayList<>();
        boolean addressed = first.id().stallable() || first.id().equals(EventId.F_WALK_EABT);
        for (int i = 0; i < LENGTH; i += 4) {
            pieces.add(new EventRecord(
                    first.word0(), first.word1(), addressed ? first.word2() + i : first.word2(), first.word3()));
        }
        return pieces;
    }

    private static long pattern(int batch, int device) {
        return 0x5a00_0000_0000_0001L | ((long) batch << 24) | ((long) device << 8);
    }

    private static List<Set<SmmuLimit>> subsets(Predicate<SmmuLimit> of) {
        List<Set<SmmuLimit>> all = new ArrayList<>(List.of(EnumSet.noneOf(SmmuLimit.class)));
        for (SmmuLimit limit : SmmuLimit.values()) {
            List<Set<SmmuLimit>> before = of.test(limit) ? List.copyOf(all) : List.of();
            for (Set<SmmuLimit> subset : before) {
                Set<SmmuLimit> larger = EnumSet.copyOf(subset);
                larger.add(limit);
                all.add(larger);
            }
        }
        all.sort(Comparator.comparingInt(Set::size));
        return all;
    }

    private interface Choice<T> {
        T of(int device);
    }

    private void transferAll(Choice<Long> address, Choice<Boolean> write) {
        for (int i = 0; i < DEVICES; i++) {
            machine.transfer(i, address.of(i), LENGTH, write.of(i));
        }
        long end = System.nanoTime() + TRANSFER_NANOS;
        while (System.nanoTime() < end || machine.isTransferring(DEVICES - 1)) {
            Thread.onSpinWait();
        }
    }
}
