// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal.nest;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.userfault.internal.memory.GuestMemory;
import io.pgfault.userfault.internal.nest.Errno.Refused;
import io.pgfault.userfault.spec.ControlRecord;
import io.pgfault.userfault.spec.FirstStageData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The first stages that the client of a queue has attached, each a nested domain at one (device, PASID) (rules N01 to
 * N04). The monitor guards the table; the control thread holds it for one request, the thread that ends the queue
 * afterwards.
 *
 * <p>A client reaches the devices that the configuration attaches to the queue's own domain, no others. Where that
 * domain is attached, a first stage takes its place, and gives it back. If the device's accesses without PASID are
 * assigned, the client may attach a first stage to each PASID to which no domain of the host is attached.
 */
public final class FirstStages {
    private static final System.Logger LOG = System.getLogger(FirstStages.class.getName());

    /** How many first stages a client may have. */
    static final int BOUND = 4096;

    private final IoPageFaults faults;
    private final String kind;
    private final int type;
    private final Domain assigned;
    private final Domain secondStage;
    private final GuestMemory memory;
    private final ClientGroups groups;
    private final Optional<EventRing> events;
    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final Map<Place, Attached> table = new LinkedHashMap<>();
    /** Domains that could not be freed yet. */
    private final List<Domain> lingering = new ArrayList<>();

    private record Place(int devId, int pasid) {}

    /**
     * @param domain the nested domain
     * @param inPlace whether the nested domain stands in the place of the queue's own
     */
    private record Attached(Device device, int pasid, Domain domain, boolean inPlace) {}

    /**
     * None yet.
     *
     * @param kind the kind of the client's domains
     * @param type of the client's structures, see {@link ControlRecord}
     * @param assigned the queue's own domain
     * @param secondStage the domain whose page table is {@code memory}
     * @param groups takes the groups of the first stages
     */
    public FirstStages(
            IoPageFaults faults,
            String kind,
            int type,
            Domain assigned,
            Domain secondStage,
            GuestMemory memory,
            ClientGroups groups,
            Optional<EventRing> events) {
        this.faults = faults;
        this.kind = kind;
        this.type = type;
        this.assigned = assigned;
        this.secondStage = secondStage;
        this.memory = memory;
        this.groups = groups;
        this.events = events;
    }

    /** Does what a control record asks for. Nothing is thrown: a request that fails is refused. */
    synchronized ControlRequest.Ack execute(ControlRequest request) {
        long[] done = {0};
        Errno errno = null;
        try {
            switch (request.op()) {
                case ControlRecord.ATTACH -> attach(request);
                case ControlRecord.DETACH -> detach(request);
                case ControlRecord.INVALIDATE -> invalidate(request, done);
                case ControlRecord.DETACH_ALL -> {
                    checkEmpty(request);
                    detachAll();
                }
                default -> throw new Refused(Errno.EINVAL, "an operation is 1 to 4, got " + request.op());
            }
            done[0] = Math.max(1, done[0]);
        } catch (Refused e) {
            errno = refused(e.errno(), request, e);
        } catch (IllegalArgumentException e) {
            errno = refused(Errno.EINVAL, request, e);
        } catch (UnsupportedOperationException e) {
            errno = refused(Errno.EOPNOTSUPP, request, e);
        } catch (IllegalStateException e) {
            errno = refused(Errno.ENODEV, request, e);
        } catch (Throwable e) {
            log.error(() -> assigned.name() + ": a driver failed with a client's control record", e);
            errno = Errno.EIO;
        }
        return new ControlRequest.Ack(request.token(), request.op(), done[0], errno == null ? 0 : errno.number());
    }

    private Errno refused(Errno errno, ControlRequest request, Exception why) {
        log.warning(() -> "domain %s refuses operation %d of its client for device 0x%x%s: %s: %s"
                .formatted(
                        assigned.name(),
                        request.op(),
                        request.devId(),
                        request.pasid() == Pasid.NONE ? "" : ", PASID " + request.pasid(),
                        errno,
                        why.getMessage()));
        return errno;
    }

    // Attaching

    private void attach(ControlRequest request) throws Refused {
        if (request.type() != type || request.data().limit() != FirstStageData.size(type)) {
            throw new Refused(
                    Errno.EINVAL,
                    "a first stage of this queue has type %d and %d bytes, got type %d and %d bytes"
                            .formatted(
                                    type,
                                    FirstStageData.size(type),
                                    request.type(),
                                    request.data().limit()));
        }
        int pasid = request.pasid();
        boolean wholeStream = type == ControlRecord.ARM_SMMUV3;
        if (pasid != Pasid.NONE && (wholeStream || !Pasid.isValid(pasid))) {
            throw new Refused(
                    Errno.EINVAL,
                    wholeStream
                            ? "a first stage of an SMMUv3 is a whole stream's, its PASID is 2^32 - 1"
                            : "a PASID is 0 to 1048575, or 2^32 - 1 for none");
        }
        FirstStage stage = FirstStageData.firstStage(request.data(), 0, type);
        Place place = new Place(request.devId(), pasid);
        Attached before = table.get(place);
        if (before != null && !faults.devices(before.domain(), pasid).contains(before.device())) {
            // The device has gone, or an operator has detached it.
            table.remove(place);
            free(before.domain());
            before = null;
        }
        Device device;
        Domain expected;
        boolean inPlace;
        if (before != null) {
            device = before.device();
            expected = before.domain();
            inPlace = before.inPlace();
        } else {
            Optional<Device> there = only(request.devId(), faults.devices(assigned, pasid));
            inPlace = there.isPresent();
            expected = inPlace ? assigned : null;
            device = inPlace ? there.get() : wholeDevice(request.devId(), pasid);
        }
        if (before == null && table.size() >= BOUND) {
            throw new Refused(Errno.ENOSPC, "the client has " + BOUND + " first stages");
        }
        Domain nested = faults.allocateDomain(
                kind,
                assigned.name() + "." + device.name() + (pasid == Pasid.NONE ? "" : "." + pasid),
                new ClientTable(stage, secondStage, memory, groups, events),
                wholeStream);
        boolean attached = false;
        try {
            attached = faults.replace(device, pasid, expected, nested);
        } finally {
            if (!attached) {
                nested.free();
            }
        }
        if (!attached) {
            throw new Refused(Errno.EBUSY, "another domain is attached there");
        }
        table.put(place, new Attached(device, pasid, nested, inPlace));
        if (before != null) {
            free(before.domain());
        }
    }

    /** The device of that id whose accesses without PASID are assigned to the client. */
    private Device wholeDevice(int devId, int pasid) throws Refused {
        if (pasid != Pasid.NONE) {
            List<Device> whole = new ArrayList<>(faults.devices(assigned, Pasid.NONE));
            Attached own = table.get(new Place(devId, Pasid.NONE));
            if (own != null && own.inPlace()) {
                whole.addAll(faults.devices(own.domain(), Pasid.NONE));
            }
            Optional<Device> device = only(devId, whole);
            if (device.isPresent()) {
                return device.get();
            }
        }
        throw new Refused(
                Errno.ENODEV, "the configuration attaches no such device and PASID to domain " + assigned.name());
    }

    private static Optional<Device> only(int devId, List<Device> devices) throws Refused {
        List<Device> found =
                devices.stream().filter(device -> device.id() == devId).toList();
        if (found.size() > 1) {
            throw new Refused(Errno.EINVAL, "devices of two units have the id 0x" + Integer.toHexString(devId));
        }
        return found.stream().findFirst();
    }

    // Detaching

    private static void checkEmpty(ControlRequest request) throws Refused {
        if (request.data().limit() != 0) {
            throw new Refused(Errno.EINVAL, "operation " + request.op() + " has no data");
        }
    }

    private Attached find(Place place) throws Refused {
        Attached attached = table.get(place);
        if (attached == null) {
            throw new Refused(Errno.ENOENT, "the client has attached no first stage there");
        }
        return attached;
    }

    private void detach(ControlRequest request) throws Refused {
        checkEmpty(request);
        Place place = new Place(request.devId(), request.pasid());
        Attached attached = find(place);
        table.remove(place);
        giveBack(attached);
    }

    /** Detaches every first stage; the queue's own domain takes its places again. */
    synchronized void detachAll() {
        for (Attached attached : List.copyOf(table.values())) {
            try {
                giveBack(attached);
            } catch (Throwable e) {
                log.error(() -> assigned.name() + ": " + attached.domain().name() + " could not be detached", e);
            }
        }
        table.clear();
    }

    private void giveBack(Attached attached) {
        try {
            if (!attached.inPlace()
                    || !faults.replace(attached.device(), attached.pasid(), attached.domain(), assigned)) {
                faults.detach(attached.domain());
            }
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "the device has gone, and its domains with it", e);
        }
        free(attached.domain());
    }

    /** Frees a domain of the client, or remembers it: another thread may still be detaching it. */
    private void free(Domain domain) {
        try {
            domain.free();
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "freed when the queue ends", e);
            lingering.add(domain);
        }
    }

    /** Frees every domain of the client. They have been detached, and the control thread has ended. */
    synchronized void freeAll() {
        List<Domain> rest = new ArrayList<>(lingering);
        table.values().forEach(attached -> rest.add(attached.domain()));
        table.clear();
        lingering.clear();
        rest.forEach(this::free);
    }

    // Invalidating

    private void invalidate(ControlRequest request, long[] done) throws Refused {
        int length = request.data().limit();
        if (request.type() != type || length == 0 || length % FirstStageData.size(type) != 0) {
            throw new Refused(
                    Errno.EINVAL,
                    "invalidations of this queue have type %d and %d bytes each, got type %d and %d bytes"
                            .formatted(type, FirstStageData.size(type), request.type(), length));
        }
        Attached attached = find(new Place(request.devId(), request.pasid()));
        for (int at = 0; at < length; at += FirstStageData.size(type)) {
            faults.invalidate(attached.domain(), FirstStageData.invalidation(request.data(), at, type));
            done[0]++;
        }
    }
}
