// SPDX-License-Identifier: Apache-2.0
package com.example.delay;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import io.pgfault.api.sva.AddressSpace;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Records each group and answers it after a delay, as memory does that is far away: a handler with a thread and a
 * configuration of its own.
 *
 * <ul>
 *   <li>Threads: {@link #handle} runs on a worker of the core and returns at once; the handler's own thread resolves
 *       and answers the group. Both see {@link #held}, which is concurrent.
 *   <li>Deadline: the core answers a group INVALID after 10 s by default (rule C11). The delay is at most
 *       {@value #MOST_MILLIS} ms, and a group that was answered meanwhile throws IllegalStateException and is
 *       forgotten.
 *   <li>Unregistration: when the component goes, {@link #deactivate} answers every held group at once, within the grace
 *       time (rule R03). A group that comes after that is declined, so the next handler gets it.
 *   <li>Virtual time: {@code iopf compare} needs {@code --real} for this handler.
 * </ul>
 */
@Component(configurationPid = "com.example.delay", property = "service.ranking:Integer=100")
@HandlesFaults(domain_kind = "sva")
@Designate(ocd = Delay.Config.class)
public final class Delay implements FaultHandler {
    private static final long MOST_MILLIS = 5_000;

    /** The configuration; every property has a default, so the handler works without one. */
    @ObjectClassDefinition(name = "Delay", description = "A fault handler that records groups and answers them late.")
    public @interface Config {
        /** How long a group waits. */
        @AttributeDefinition(name = "Delay", description = "Milliseconds from a group to its answer, 0 to 5000.")
        long delay_millis() default 5;

        /** How many records are kept. */
        @AttributeDefinition(name = "Records", description = "How many of the last requests are kept.")
        int records() default 1024;
    }

    /** One request, as it came. */
    public record Recorded(String device, int pasid, long address, int permissions) {}

    private final long delayMillis;
    private final int most;
    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "com.example.delay");
        thread.setDaemon(true);
        return thread;
    });
    /** The groups that are taken and not answered; the thread that removes a group answers it. */
    private final Set<FaultGroup> held = ConcurrentHashMap.newKeySet();
    /** The last requests, the newest at the end. Guarded by itself. */
    private final ArrayDeque<Recorded> records = new ArrayDeque<>();

    /** Called by Declarative Services, and again after a change of the configuration. */
    @Activate
    public Delay(Config config) {
        this(config.delay_millis(), config.records());
    }

    Delay(long delayMillis, int most) {
        this.delayMillis = Math.max(0, Math.min(MOST_MILLIS, delayMillis));
        this.most = Math.max(1, most);
    }

    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace)) {
            return Disposition.DECLINED; // not ours: the next handler is asked
        }
        record(group);
        held.add(group);
        try {
            scheduler.schedule(() -> answer(group), delayMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The component is going. If deactivate has found the group meanwhile, the group is answered.
            return held.remove(group) ? Disposition.DECLINED : Disposition.TAKEN;
        }
        return Disposition.TAKEN;
    }

    private void record(FaultGroup group) {
        synchronized (records) {
            for (int i = 0; i < group.size(); i++) {
                if (records.size() == most) {
                    records.removeFirst();
                }
                records.addLast(new Recorded(
                        group.device().name(), group.pasid(), group.address(i), group.permissions(i)));
            }
        }
    }

    /** Runs on the handler's thread, or on the thread that deactivates the component. */
    private void answer(FaultGroup group) {
        if (!held.remove(group)) {
            return;
        }
        try {
            AddressSpace space = (AddressSpace) group.domain().pageTable();
            ResponseCode code = ResponseCode.SUCCESS;
            for (int i = 0; i < group.size() && code == ResponseCode.SUCCESS; i++) {
                code = space.populate(group.address(i), group.permissions(i));
            }
            group.respond(code);
        } catch (IllegalStateException e) {
            group.respond(ResponseCode.FAILURE); // counts only if the address space threw; else the group has its answer
        }
    }

    /** The last requests, the oldest first. */
    public List<Recorded> records() {
        synchronized (records) {
            return List.copyOf(records);
        }
    }

    /** Answers what is held, and ends the thread. */
    @Deactivate
    void deactivate() {
        scheduler.shutdownNow();
        held.forEach(this::answer);
    }
}
