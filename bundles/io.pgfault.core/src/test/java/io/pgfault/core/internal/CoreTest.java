// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Counter;
import io.pgfault.api.Counters;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.FaultQueue;
import io.pgfault.api.driver.Report;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;

/**
 * A core with a clock that stands still until the test moves it, one queue, and a driver that records. Handlers are
 * inline unless a test says otherwise, so that most tests have one thread.
 */
abstract class CoreTest {
    static final String KIND = "test";
    static final int PASID = 7;

    static final Settings SETTINGS = new Settings(
            Duration.ofSeconds(10).toNanos(),
            Duration.ofSeconds(1).toNanos(),
            Duration.ofSeconds(2).toNanos(),
            8,
            16,
            32,
            64,
            2,
            16);

    final AtomicLong clock = new AtomicLong(1);
    final RecordingDriver driver = new RecordingDriver();
    final IoPageFaultCore core = new IoPageFaultCore(SETTINGS, clock::get);
    final FaultQueue queue = core.allocate("unit0");
    private long lastServiceId = 100;

    @AfterEach
    void stopCore() {
        core.close();
    }

    /** Moves the clock and has the core do what is due. */
    void pass(Duration time) {
        clock.addAndGet(time.toNanos());
        core.expire(Long.MAX_VALUE);
    }

    Device probe(String name) {
        return core.probe(driver, "unit0", name, 0x100);
    }

    /** A device in the queue, with a domain of {@link #KIND} for {@link #PASID} and for no PASID. */
    Device device(String name) {
        Device device = probe(name);
        queue.add(device);
        core.attach(device, PASID, domain("pasid of " + name));
        core.attach(device, Pasid.NONE, domain("own of " + name));
        return device;
    }

    Domain domain(String name) {
        return core.allocateDomain(KIND, name, PageTable.EMPTY, false);
    }

    /** Registers an inline handler; returns its service id. */
    long register(int ranking, FaultHandler handler) {
        core.addHandler(handler, ++lastServiceId, ranking, true, Set.of(KIND));
        return lastServiceId;
    }

    /** Registers a handler that runs on the workers; returns its service id. */
    long registerForWorkers(int ranking, FaultHandler handler) {
        core.addHandler(handler, ++lastServiceId, ranking, false, Set.of(KIND));
        return lastServiceId;
    }

    Report report(Device device, PageRequest request) {
        return core.report(device, request);
    }

    /** Reports a last request of {@link #PASID}. */
    Report last(Device device, int groupId) {
        return report(device, request(PageRequest.LAST_PAGE, PASID, groupId, 0x1000L * groupId));
    }

    /** Reports a request of {@link #PASID} that isn't last. */
    Report partial(Device device, int groupId, long address) {
        return report(device, request(0, PASID, groupId, address));
    }

    /** A read request whose response needs the PASID, unless it has none. */
    static PageRequest request(int flags, int pasid, int groupId, long address) {
        int pasidFlags = pasid == Pasid.NONE ? 0 : PageRequest.PASID_VALID | PageRequest.RESPONSE_NEEDS_PASID;
        return new PageRequest(flags | pasidFlags, pasid == Pasid.NONE ? 0 : pasid, groupId, Permissions.READ, address);
    }

    void reject(Device device, int flags, int groupId) {
        PageRequest request = request(flags, PASID, groupId, 0);
        core.reject(device, request.flags(), PASID, groupId, 0, 0);
    }

    /** Asserts every count that isn't zero; the arguments are a counter and its count by turns. */
    static void assertCounts(Counters counters, Object... countersAndCounts) {
        List<Object> expected = Arrays.asList(countersAndCounts);
        for (Counter counter : Counter.values()) {
            int at = expected.indexOf(counter);
            long count = at < 0 ? 0 : ((Integer) expected.get(at + 1)).longValue();
            assertThat(counters.get(counter)).as(counter.name()).isEqualTo(count);
        }
    }

    /** Takes every group and keeps it. */
    static final class Keeper implements FaultHandler {
        final List<FaultGroup> groups = new CopyOnWriteArrayList<>();

        @Override
        public Disposition handle(FaultGroup group) {
            groups.add(group);
            return Disposition.TAKEN;
        }

        FaultGroup only() {
            assertThat(groups).hasSize(1);
            return groups.get(0);
        }
    }

    /** Answers every group at once. */
    static FaultHandler answering(ResponseCode code) {
        return group -> {
            group.respond(code);
            return Disposition.TAKEN;
        };
    }
}
