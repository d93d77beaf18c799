// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.count;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.ResponseCode;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Counters of a device or a unit. A count of a device is also a count of the unit that the device was in last: the unit
 * adds up its devices when a thread reads it, so counting touches the device's own memory only.
 *
 * <p>Each kind of count lies where its writers don't meet:
 *
 * <ul>
 *   <li>Requests, groups, and responses that the reporting thread gives: plain fields. The reporting thread is the only
 *       writer, because reports of one device don't overlap; any thread reads them.
 *   <li>Responses that other threads give: stripes, each a cache line, shared out by thread id.
 *   <li>Everything else, which is rare: one array with atomic additions.
 * </ul>
 *
 * <p><b>Counters never fall</b> (rule C18). A unit is read, and a device's counts are moved to it, under one lock, the
 * monitor of the unit's {@code devices}: a reader finds a count either at the device or at the unit. When a device goes
 * for good, {@link #carryOver} marks each count of the rare array with its highest bit; a thread that adds to a marked
 * count sees the mark in the former value, and adds the same amount to the unit.
 *
 * <p><b>Benchmark rows:</b> inline, groups of 1 (plain fields); workers, groups of 1 (stripes).
 */
public final class CoreCounters implements Counters {
    private static final Counter[] ALL = Counter.values();
    private static final VarHandle RARE =
            MethodHandles.arrayElementVarHandle(long[].class).withInvokeExactBehavior();
    private static final VarHandle REQUESTS = field("requests", long.class);
    private static final VarHandle GROUPS = field("groups", long.class);
    private static final VarHandle SUCCESS = field("success", long.class);
    private static final VarHandle INVALID = field("invalid", long.class);
    private static final VarHandle FAILURE = field("failure", long.class);
    private static final VarHandle STRIPED = field("striped", long[].class);
    private static final long CARRIED = Long.MIN_VALUE;
    private static final int STRIPES = 4;
    /** Longs of one stripe: two cache lines, because processors fetch lines in pairs. */
    private static final int STRIPE = 16;

    /** Written by the reporting thread, read by any thread. */
    private long requests;

    /** Written by the reporting thread, read by any thread. */
    private long groups;

    /** Responses SUCCESS of the reporting thread. Written by that thread, read by any thread. */
    private long success;

    /** Responses INVALID of the reporting thread; as {@code success}. */
    private long invalid;

    /** Responses FAILURE of the reporting thread; as {@code success}. */
    private long failure;

    /** Responses that other threads have given; {@code null} before the first. Any thread, atomically. */
    @SuppressWarnings("UnusedVariable") // Written by STRIPED.
    private long[] striped;

    /** Every counter once, for what is rare. Any thread, atomically. */
    private final long[] rare = new long[ALL.length];
    /** What had been counted when the device came to its unit; guarded by the unit's {@code devices}. */
    private final long[] before = new long[ALL.length];
    /** For a unit: the counters of its devices. Guarded by itself. */
    private final Set<CoreCounters> devices = new LinkedHashSet<>();
    /** Where this device counts. Written under this object's monitor, read by any thread. */
    private volatile CoreCounters unit;

    private static VarHandle field(String name, Class<?> type) {
        try {
            return MethodHandles.lookup()
                    .findVarHandle(CoreCounters.class, name, type)
                    .withInvokeExactBehavior();
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // Counting

    /** The reporting thread has got a request. */
    public void request() {
        REQUESTS.setOpaque(this, requests + 1);
    }

    /** The reporting thread has closed a group. */
    public void group() {
        GROUPS.setOpaque(this, groups + 1);
    }

    /**
     * A group is answered.
     *
     * @param reporting whether the calling thread reports for the device
     */
    public void response(ResponseCode code, boolean reporting) {
        if (!reporting) {
            long before = (long) RARE.getAndAdd(stripes(), stripe() + code.value(), 1L);
            assert before >= 0 : "counters never fall";
            return;
        }
        switch (code) {
            case SUCCESS -> SUCCESS.setOpaque(this, success + 1);
            case INVALID -> INVALID.setOpaque(this, invalid + 1);
            case FAILURE -> FAILURE.setOpaque(this, failure + 1);
        }
    }

    /** Where the calling thread's stripe begins, behind a line that the array's length shares. */
    private static int stripe() {
        return (((int) Thread.currentThread().getId() & (STRIPES - 1)) + 1) * STRIPE;
    }

    private long[] stripes() {
        long[] stripes = (long[]) STRIPED.getAcquire(this);
        if (stripes != null) {
            return stripes;
        }
        long[] fresh = new long[(STRIPES + 2) * STRIPE];
        long[] other = (long[]) STRIPED.compareAndExchange(this, (long[]) null, fresh);
        return other == null ? fresh : other;
    }

    @Override
    public void add(Counter counter, long delta) {
        if (delta < 0) {
            throw new IllegalArgumentException("counters never fall, but " + counter + " was to fall by " + -delta);
        }
        if ((long) RARE.getAndAdd(rare, index(counter), delta) < 0) {
            unit.add(counter, delta);
        }
    }

    /** Adds one to what is rare. */
    public void increment(Counter counter) {
        add(counter, 1);
    }

    // Reading

    @Override
    public long get(Counter counter) {
        synchronized (devices) {
            long sum = own(counter);
            for (CoreCounters device : devices) {
                sum += device.own(counter) - device.before[index(counter)];
            }
            return sum;
        }
    }

    /** What was counted here, the unit's devices left out. */
    private long own(Counter counter) {
        return ((long) RARE.getVolatile(rare, index(counter)) & ~CARRIED) + frequent(counter);
    }

    private long frequent(Counter counter) {
        return switch (counter) {
            case REQUESTS -> (long) REQUESTS.getOpaque(this);
            case GROUPS -> (long) GROUPS.getOpaque(this);
            case SUCCESS -> (long) SUCCESS.getOpaque(this) + striped(ResponseCode.SUCCESS);
            case INVALID -> (long) INVALID.getOpaque(this) + striped(ResponseCode.INVALID);
            case FAILURE -> (long) FAILURE.getOpaque(this) + striped(ResponseCode.FAILURE);
            default -> 0;
        };
    }

    private long striped(ResponseCode code) {
        long[] stripes = (long[]) STRIPED.getAcquire(this);
        long sum = 0;
        for (int i = 1; stripes != null && i <= STRIPES; i++) {
            sum += (long) RARE.getVolatile(stripes, i * STRIPE + code.value());
        }
        return sum;
    }

    /** How many groups of the device were answered so far. A count is here before its response is at the driver. */
    public long responses() {
        return frequent(Counter.SUCCESS) + frequent(Counter.INVALID) + frequent(Counter.FAILURE);
    }

    // Belonging to a unit

    /** From now on every count is also one of {@code to}; what was counted before stays with the former unit. */
    public synchronized void countFor(CoreCounters to) {
        CoreCounters former = unit;
        if (former == to) {
            return;
        }
        if (former != null) {
            synchronized (former.devices) {
                former.devices.remove(this);
                for (Counter counter : ALL) {
                    long counted = own(counter);
                    former.add(counter, counted - before[index(counter)]);
                    before[index(counter)] = counted;
                }
            }
        }
        unit = to;
        synchronized (to.devices) {
            if (former == null) {
                for (Counter counter : ALL) {
                    before[index(counter)] = own(counter);
                }
            }
            to.devices.add(this);
        }
    }

    /**
     * The device has gone for good: its unit keeps the counts and forgets the device. Every group has been answered,
     * and no thread calls {@link #request}, {@link #group} or {@link #response} any more.
     */
    public synchronized void carryOver() {
        CoreCounters to = unit;
        if (to == null) {
            return;
        }
        synchronized (to.devices) {
            if (to.devices.remove(this)) {
                for (Counter counter : ALL) {
                    long counted = (long) RARE.getAndBitwiseOr(rare, index(counter), CARRIED);
                    to.add(counter, counted + frequent(counter) - before[index(counter)]);
                }
            }
        }
    }

    @SuppressWarnings("EnumOrdinal") // A place in memory, as EnumMap has it. Nothing outside depends on it.
    private static int index(Counter counter) {
        return counter.ordinal();
    }

    @Override
    public String toString() {
        Map<Counter, Long> all = new EnumMap<>(Counter.class);
        for (Counter counter : ALL) {
            all.put(counter, get(counter));
        }
        return all.toString();
    }
}
