// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.nest;

import io.pgfault.api.Domain;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.sva.Sva;
import io.pgfault.userfault.internal.memory.GuestMemory;
import java.util.Optional;

/**
 * What a queue has whose client attaches first stages: the guest's memory, the host's domain of that memory, which is
 * the second stage of every first stage, the domain by which devices are assigned, and the control thread. The thread
 * that makes and ends the queue calls these methods.
 */
public final class Nest implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Nest.class.getName());

    private final IoPageFaults faults;
    private final GuestMemory memory;
    private final Domain secondStage;
    private final Domain assigned;
    private final FirstStages stages;
    private final ControlThread control;

    /**
     * Allocates the domains.
     *
     * @param name the name of the queue's domain
     * @param kind the kind of the client's domains
     * @param type of the client's structures, see {@link io.pgfault.userfault.spec.ControlRecord}
     * @param groups takes the groups of the first stages
     * @param events the client's unrecoverable events, empty for no place
     * @param wake tells the queue's thread that there is an acknowledgement
     */
    public Nest(
            IoPageFaults faults,
            String name,
            String kind,
            int type,
            GuestMemory memory,
            ClientGroups groups,
            Optional<EventRing> events,
            Runnable wake) {
        this.faults = faults;
        this.memory = memory;
        this.secondStage = faults.allocateDomain(Sva.DOMAIN_KIND, memory.name(), memory, false);
        this.assigned = faults.allocateDomain(kind, name, new AssignedSpace(memory), false);
        this.stages = new FirstStages(faults, kind, type, assigned, secondStage, memory, groups, events);
        this.control = new ControlThread(name, stages, wake);
    }

    /** The domain by which the configuration assigns devices to the client. */
    public Domain assigned() {
        return assigned;
    }

    /** The thread that does what the client's control records ask for. */
    public ControlThread control() {
        return control;
    }

    /**
     * Detaches everything, so that no device reaches the guest's memory any more, and frees the domains. A request of
     * the client that waits for a device ends, because its groups are answered. Idempotent.
     */
    @Override
    public void close() {
        control.stop();
        faults.detach(secondStage);
        control.close();
        faults.detach(secondStage);
        faults.detach(assigned);
        stages.freeAll();
        memory.close();
        for (Domain domain : new Domain[] {assigned, secondStage}) {
            try {
                domain.free();
            } catch (IllegalStateException e) {
                LOG.log(System.Logger.Level.WARNING, "a domain is still in use after its fault queue has ended", e);
            }
        }
    }
}
