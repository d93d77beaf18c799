// SPDX-License-Identifier: Apache-2.0
package com.example.adaptive;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.service.component.annotations.Component;

/**
 * An adaptive window: after each group the handler populates a window of pages ahead of the last request, asks the
 * address space which pages of the area's last window the device has touched, and doubles the window if at least half
 * were, or halves the window if less than a quarter were. Each area has a window of its own. The policy is the ramp of
 * Linux's on-demand read-ahead (F. Wu, H. Xi, C. Xu, "On the design of a new Linux readahead framework", ACM SIGOPS
 * Operating Systems Review 42(5), 2008), with feedback from accessed marks as swap read-ahead has it ({@code
 * swapin_nr_pages} in mm/swap_state.c).
 */
@Component(property = "service.ranking:Integer=100")
@HandlesFaults(domain_kind = "sva")
public final class Adaptive implements FaultHandler {
    private static final int FIRST = 2;
    private static final int MOST = 32;
    private static final int MAX_AREAS = 4096;

    /** The window of an area: where it began, how many pages it had, how many the next one has. */
    private record Window(long start, int pages, int next) {}

    /** An area of an address space; an address space equals itself and no other. */
    private record Place(AddressSpace space, long start) {}

    private final Map<Place, Window> windows = new ConcurrentHashMap<>();

    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace space)) {
            return Disposition.DECLINED; // not ours: the next handler is asked
        }
        int size = group.size();
        long address = 0;
        int permissions = 0;
        for (int i = 0; i < size; i++) {
            address = group.address(i) & -Translation.PAGE_SIZE;
            permissions = group.permissions(i);
            ResponseCode code = space.populate(address, permissions);
            if (code != ResponseCode.SUCCESS) {
                group.respond(code); // one page that can't be granted: the group gets that answer
                return Disposition.TAKEN;
            }
        }
        group.respond(ResponseCode.SUCCESS);
        ahead(space, address, permissions);
        return Disposition.TAKEN;
    }

    private void ahead(AddressSpace space, long address, int permissions) {
        Optional<Area> found = space.find(address);
        if (found.isEmpty()) {
            return;
        }
        Area area = found.get();
        Place place = new Place(space, area.start());
        int pages = next(space, windows.get(place));
        long start = address + Translation.PAGE_SIZE;
        int populated = 0;
        while (populated < pages && area.contains(start + (long) populated * Translation.PAGE_SIZE)) {
            space.populate(start + (long) populated * Translation.PAGE_SIZE, permissions);
            populated++;
        }
        if (windows.size() >= MAX_AREAS) {
            windows.clear(); // forgetting costs guesses, nothing else
        }
        windows.put(place, new Window(start, populated, pages));
    }

    /** Returns how many pages the next window has, by what the device has touched of the last one. */
    private static int next(AddressSpace space, Window last) {
        if (last == null) {
            return FIRST;
        }
        if (last.pages() == 0) {
            return last.next();
        }
        int[] touched = {0};
        try {
            space.touched(
                    last.start(), (long) last.pages() * Translation.PAGE_SIZE, page -> touched[0]++);
        } catch (UnsupportedOperationException e) {
            return FIRST; // an address space without marks: a window of fixed size
        }
        if (2 * touched[0] >= last.pages()) {
            return Math.min(MOST, 2 * last.next());
        }
        return 4 * touched[0] < last.pages() ? Math.max(1, last.next() / 2) : last.next();
    }
}
