// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal.timeline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts events together that belong to one group: same unit, device, PASID and index. A device uses an index again once
 * the group is answered, and a handler's event comes after the answer that the handler gave within its call; times tell
 * which group an event is of. One thread.
 */
final class Ways {
    /** More open groups than these are forgotten, the oldest first. */
    private static final int MOST_OPEN = 4_096;

    /** The key of a pending group: its unit, its device, its PASID and its group index. */
    record Key(String unit, String device, int pasid, int index) {}

    private static final class Way {
        private final long reported;
        private final long address;
        private final Way before;
        private long closed;
        private long taken;
        private long answered;
        private String handler = "";
        private String code = "";

        Way(long reported, long address, Way before) {
            this.reported = reported;
            this.address = address;
            this.before = before;
        }
    }

    private final Map<Key, Way> latest = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Way> eldest) {
            return size() > MOST_OPEN;
        }
    };
    private final List<Map.Entry<Key, Way>> answered = new ArrayList<>();

    void request(Key key, long at, long address) {
        Way way = latest.get(key);
        if (way == null || way.answered != 0) {
            latest.put(key, new Way(at, address, way));
        }
    }

    void closed(Key key, long at) {
        Way way = latest.get(key);
        if (way != null && way.answered == 0) {
            way.closed = at;
        }
    }

    /** A handler took the group in a call that began at {@code at}. */
    void taken(Key key, long at, String handler) {
        Way way = latest.get(key);
        if (way != null && way.reported > at) {
            way = way.before;
        }
        if (way != null) {
            way.taken = at;
            way.handler = handler;
        }
    }

    void answered(Key key, long at, String code) {
        Way way = latest.get(key);
        if (way != null && way.answered == 0 && way.closed != 0) {
            way.answered = at;
            way.code = code;
            answered.add(Map.entry(key, way));
        }
    }

    /** The groups answered since the last call, in the order of their answers. */
    List<TimedGroup> drain() {
        List<TimedGroup> groups = new ArrayList<>(answered.size());
        for (Map.Entry<Key, Way> entry : answered) {
            Way way = entry.getValue();
            long asked = way.taken == 0 ? way.closed : Math.max(way.taken, way.closed);
            groups.add(new TimedGroup(
                    entry.getKey().unit(),
                    entry.getKey().device(),
                    entry.getKey().index(),
                    way.address,
                    way.handler,
                    way.code,
                    way.answered,
                    Math.max(0, way.closed - way.reported),
                    asked - way.closed,
                    Math.max(0, way.answered - asked)));
            latest.remove(entry.getKey(), way);
        }
        answered.clear();
        return groups;
    }
}
