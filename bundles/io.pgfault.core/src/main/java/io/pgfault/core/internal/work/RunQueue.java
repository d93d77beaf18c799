// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal.work;

import java.util.List;

/**
 * The lists that have work, in the order in which their devices take turns (rule C16). A linked queue through the lists
 * themselves, so a run queue neither allocates nor is ever full. One plain lock, the monitor: threads take it once for
 * several pieces of work.
 */
final class RunQueue {
    /** The list whose turn is next; guarded by the monitor. */
    private WorkList first;
    /** The list whose turn is last; guarded by the monitor. */
    private WorkList last;
    /** How many lists there are. Written under the monitor; workers read it without, as a hint. */
    private volatile int size;

    /** Puts a list at the end, unless the list is in the queue already. */
    synchronized void add(WorkList list) {
        if (list.linked) {
            return;
        }
        list.linked = true;
        list.next = null;
        if (first == null) {
            first = list;
        } else {
            last.next = list;
        }
        last = list;
        size++;
    }

    /** Puts lists at the end, as {@link #add} does. */
    synchronized void addAll(List<WorkList> lists) {
        for (int i = 0; i < lists.size(); i++) {
            add(lists.get(i));
        }
    }

    /** Takes the list whose turn is next; {@code null} if there is none. */
    WorkList poll() {
        return size == 0 ? null : take();
    }

    private synchronized WorkList take() {
        WorkList list = first;
        if (list != null) {
            first = list.next;
            list.next = null;
            list.linked = false;
            size--;
        }
        return list;
    }

    /** Whether there seems to be a list. */
    boolean isEmpty() {
        return size == 0;
    }

    /** Whether a list other than {@code list} seems to be there. */
    boolean hasOtherThan(WorkList list) {
        int lists = size;
        return lists > 1 || (lists == 1 && !list.linked);
    }
}
