// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A device of the model, with everything in plain collections. */
final class ModelDevice {
    final String name;
    final Map<Counter, Long> counts = new EnumMap<>(Counter.class);
    /** Partial requests by group key. */
    final Map<GroupKey, List<PageRequest>> partials = new HashMap<>();

    final Set<GroupKey> poisoned = new HashSet<>();
    /** More poison than can be remembered: a group without partials counts as poisoned. */
    boolean saturated;

    final Map<Integer, Attachment> attachments = new HashMap<>();
    /** In the order in which they closed. */
    final List<ModelGroup> pending = new ArrayList<>();

    Place place;
    /** Where it counts: the last unit it was in. */
    Unit unit;

    boolean released;

    ModelDevice(String name, Unit unit) {
        this.name = name;
        this.unit = unit;
    }

    /** A group key (rule C05). */
    record GroupKey(int pasid, int group) {
        static GroupKey of(int flags, int pasid, int group) {
            return new GroupKey((flags & PageRequest.RESPONSE_NEEDS_PASID) != 0 ? pasid : Pasid.NONE, group);
        }
    }

    /** A domain; attached or not. */
    static final class ModelDomain {
        final String name;
        final String kind;
        final boolean nested;
        final Set<Attachment> holders = new HashSet<>();
        boolean freed;

        ModelDomain(String name, String kind, boolean nested) {
            this.name = name;
            this.kind = kind;
            this.nested = nested;
        }
    }

    /** A domain attached; each attachment is another one. */
    static final class Attachment {
        final ModelDomain domain;

        Attachment(ModelDomain domain) {
            this.domain = domain;
        }
    }

    /** A unit's fault queue. */
    static final class Unit {
        final Map<Counter, Long> counts = new EnumMap<>(Counter.class);
        /** Devices that have work, in turn. */
        final Deque<Place> ring = new ArrayDeque<>();

        final List<ModelDevice> devices = new ArrayList<>();
        final List<Long> latencies = new ArrayList<>();
    }

    /** Being in a queue; another one each time the device is added. */
    static final class Place {
        final Unit unit;
        final Deque<Runnable> work = new ArrayDeque<>();

        Place(Unit unit) {
            this.unit = unit;
        }
    }

    void count(Counter counter, long by) {
        counts.merge(counter, by, Long::sum);
        if (unit != null) {
            unit.counts.merge(counter, by, Long::sum);
        }
    }

    int partialRequests() {
        return partials.values().stream().mapToInt(List::size).sum();
    }

    /** Rule C06. */
    Attachment find(int pasid) {
        Attachment exact = attachments.get(pasid);
        if (exact != null) {
            return exact;
        }
        Attachment own = attachments.get(Pasid.NONE);
        return own != null && own.domain.nested ? own : null;
    }

    @Override
    public String toString() {
        return name;
    }
}
