// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware;

import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.bus.RecordRing;
import io.pgfault.api.bus.RequestTap;
import io.pgfault.api.bus.ResponseTap;
import io.pgfault.api.driver.IommuDriver;
import io.pgfault.api.nest.FirstStage;
import io.pgfault.api.nest.VtdFirstStage;
import io.pgfault.parts.Taps;
import io.pgfault.vtd.internal.hardware.remap.DomainTables;
import io.pgfault.vtd.internal.hardware.remap.FaultRecording;
import io.pgfault.vtd.internal.hardware.remap.Remapping;
import io.pgfault.vtd.internal.hardware.walk.Capabilities;
import io.pgfault.vtd.internal.hardware.walk.PagingContext;
import io.pgfault.vtd.internal.hardware.walk.StageTables;
import io.pgfault.vtd.internal.hardware.walk.Walk;
import io.pgfault.vtd.spec.CanonicalAddress;
import io.pgfault.vtd.spec.PageGroupResponseDescriptor;
import io.pgfault.vtd.spec.PageRequestDescriptor;
import io.pgfault.vtd.spec.Registers;
import io.pgfault.vtd.spec.table.FaultRecord;
import io.pgfault.vtd.spec.table.PasidEntry;
import java.util.Optional;

/**
 * The model of one VT-d remapping hardware unit (VT-d 4.1). Software sees registers ({@link Mmio}), queues in memory
 * and the interrupt; devices see messages. The model has no thread: each call does its work on the calling thread. Any
 * thread.
 */
public final class Hardware implements Mmio {
    private static final System.Logger LOG = System.getLogger(Hardware.class.getName());

    private final DeviceTable devices = new DeviceTable();
    private final Taps<ResponseTap, ResponseCode> taps = new Taps<>(LOG, ResponseTap::consumed);
    private final PageRequestEvent event = new PageRequestEvent();
    private final PageRequestEvent faultEvent = new PageRequestEvent();
    private final FaultRecording faults = new FaultRecording(this::raiseFaultEvent);
    private final DomainTables domains = new DomainTables();
    private final Remapping remapping;
    private final Capabilities capabilities;
    /** RTADDR as software has written it last; the root table changes at GCMD. */
    private volatile long rootTable;

    private final PageRequestQueue requests;
    private final InvalidationQueue invalidations;
    private final RecordRing records;

    /**
     * A unit after reset: queues out of use, event masked.
     *
     * @param memory the memory that holds its queues and status words
     */
    public Hardware(Memory memory) {
        this(memory, Capabilities.FULL);
    }

    /** A unit after reset, whose tables lie in the memory of its queues. */
    public Hardware(Memory memory, Capabilities capabilities) {
        this(memory, memory, capabilities);
    }

    /**
     * A unit after reset: queues out of use, events masked, translation off.
     *
     * @param memory the memory that holds its queues and status words
     * @param tables the memory that holds translation structures and page tables
     */
    public Hardware(Memory memory, PhysicalMemory tables, Capabilities capabilities) {
        this.capabilities = capabilities;
        this.remapping = new Remapping(tables, capabilities, faults, domains);
        this.requests = new PageRequestQueue(memory, event, devices);
        this.invalidations = new InvalidationQueue(memory, requests, devices, taps, remapping.invalidations());
        this.records = new PageRequestRecords(requests);
    }

    /** Connects the interrupt line. Called once, before software unmasks the event. */
    public void interrupt(Interrupt line) {
        event.line(line);
    }

    /** Connects the interrupt line of faults. Called once, before software unmasks the fault event. */
    public void faultInterrupt(Interrupt line) {
        faultEvent.line(line);
    }

    private void raiseFaultEvent() {
        if (faultEvent.raise()) {
            faultEvent.send();
        }
    }

    // The device side

    /** Puts a function on the bus; false if its requester id is taken. */
    public boolean connect(AttachedDevice device) {
        return devices.add(device);
    }

    /** Takes a function off the bus: messages to its requester id are lost from now on. */
    public void disconnect(AttachedDevice device) {
        devices.remove(device);
    }

    /** Whether a function has that requester id. */
    public boolean isConnected(int requesterId) {
        return devices.has(requesterId);
    }

    /**
     * A page request message of a device; see {@code Upstream.pageRequest}. If the device's context entry allows none,
     * the fault is recorded, and the request is answered as a failure if it is last.
     */
    public void pageRequest(int requesterId, int pasid, int prgIndex, int permissions, long address, boolean last) {
        long word1 = PageRequestDescriptor.word1(
                (permissions & Permissions.READ) != 0, (permissions & Permissions.WRITE) != 0, last, prgIndex, address);
        if (remapping.takesPageRequests(remapping.walkers().own(), requesterId, pasid, address, permissions)) {
            requests.post(
                    PageRequestDescriptor.word0(
                            requesterId,
                            pasid,
                            (permissions & Permissions.EXEC) != 0,
                            (permissions & Permissions.PRIV) != 0,
                            false),
                    word1,
                    0,
                    0);
        } else if (last && !PageRequestDescriptor.isStopMarker(word1)) {
            devices.respond(requesterId, pasid, prgIndex, PageGroupResponseDescriptor.RESPONSE_FAILURE);
        }
    }

    /**
     * An ATS translation request (VT-d 4.1 §4.2): what the tables grant now, {@link Translation#NONE} if nothing. A
     * fault that no page request mends is recorded.
     */
    public long translate(AttachedDevice device, int pasid, long address) {
        return request(device, pasid, address, Walk.TRANSLATE, Remapping.TRANSLATION);
    }

    private long request(AttachedDevice device, int pasid, long address, int access, int addressType) {
        if (pasid != Pasid.NONE) {
            if (!Pasid.isValid(pasid)) {
                return Translation.NONE;
            }
            device.asked().add(pasid);
        }
        Walk walk = remapping.walkers().own();
        return remapping.translate(walk, device.requesterId(), pasid, address, access, addressType)
                ? Translation.of(walk.address(), walk.permissions())
                : Translation.NONE;
    }

    /**
     * Translates a request through the tables in memory that software has set (VT-d 4.1 §3), and records its fault; see
     * {@link Remapping#translate}.
     */
    public boolean remap(Walk walk, int requesterId, int pasid, long address, int access, int addressType) {
        return remapping.translate(walk, requesterId, pasid, address, access, addressType);
    }

    /**
     * An untranslated access: translated if the tables allow it, else its fault is recorded, and the access fails for
     * good; VT-d stalls nothing.
     */
    public long transact(AttachedDevice device, int pasid, int permissions, long address) {
        return request(device, pasid, address, permissions, Remapping.UNTRANSLATED);
    }

    /**
     * The first stage that the tables name for requests of a PASID; empty if there is none, if it is no bytes, or if a
     * second stage translates its addresses.
     */
    public Optional<FirstStage> firstStage(AttachedDevice device, int pasid) {
        PagingContext paging = remapping.look(remapping.walkers().own(), device.requesterId(), pasid);
        if (paging == null
                || paging.type() != PasidEntry.FIRST_STAGE
                || paging.tables() instanceof StageTables.Walked) {
            return Optional.empty();
        }
        long flags = (paging.has(PasidEntry.SRE) ? VtdFirstStage.SRE : 0)
                | (paging.has(PasidEntry.EAFE) ? VtdFirstStage.EAFE : 0)
                | (paging.has(PasidEntry.WPE) ? VtdFirstStage.WPE : 0);
        return Optional.of(new VtdFirstStage(
                flags,
                paging.firstStage(),
                paging.firstLevels() == 4 ? CanonicalAddress.FOUR_LEVEL : CanonicalAddress.FIVE_LEVEL));
    }

    /** Where an access would fail now, see {@code IommuDriver.secondStageAddress}. Blocks nothing, records nothing. */
    public long secondStageAddress(int requesterId, int pasid, long address, int permissions) {
        Walk walk = remapping.walkers().own();
        walk.begin();
        try {
            return probe(walk, requesterId, pasid, address, permissions);
        } finally {
            walk.end();
        }
    }

    private long probe(Walk walk, int requesterId, int pasid, long address, int permissions) {
        PagingContext paging = remapping.look(walk, requesterId, pasid);
        if (paging == null || paging.type() != PasidEntry.NESTED) {
            return IommuDriver.FIRST_STAGE;
        }
        if (remapping.probe(walk, paging, address, permissions)) {
            return walk.between();
        }
        return walk.stage() == 2 ? walk.faultAddress() : IommuDriver.FIRST_STAGE;
    }

    /** What domain ids stand for; software says it before it writes an entry. */
    public DomainTables domains() {
        return domains;
    }

    /**
     * Sends an ATS invalidation request and waits for its completion (PCIe 6.0 §10.3). This model takes no descriptor
     * of the invalidation queue for it: a device may take as long as an access takes, and the response that ends the
     * access must not wait behind the invalidation.
     */
    public void invalidate(int requesterId, int pasid, long first, long last) {
        devices.invalidate(requesterId, pasid, first, last);
    }

    /** The page request queue, to write raw descriptors into. */
    public RecordRing records() {
        return records;
    }

    /** Shows {@code tap} each page group response descriptor that the hardware consumes, until the result is closed. */
    public AutoCloseable tap(ResponseTap tap) {
        return taps.add(tap);
    }

    /** Shows {@code tap} each page request descriptor that the hardware writes, until the result is closed. */
    public AutoCloseable tapRequests(RequestTap tap) {
        return requests.tap(tap);
    }

    // The software side

    @Override
    public int read32(int offset) {
        return switch (offset) {
            case Registers.FSTS -> faults.status() | (invalidations.error() ? Registers.FSTS_IQE : 0);
            case Registers.GSTS ->
                (remapping.isEnabled() ? Registers.GCMD_TE : 0)
                        | (remapping.hasRoot() ? Registers.GCMD_SRTP : 0)
                        | (invalidations.isEnabled() ? Registers.GCMD_QIE : 0);
            case Registers.FECTL, Registers.FEDATA, Registers.FEADDR, Registers.FEUADDR ->
                faultEvent.read(offset - Registers.FECTL + Registers.PECTL);
            case Registers.PRS -> requests.status();
            case Registers.PECTL, Registers.PEDATA, Registers.PEADDR, Registers.PEUADDR -> event.read(offset);
            default -> throw noRegister(offset, 32);
        };
    }

    @Override
    public long read64(int offset) {
        if (isFaultRecord(offset)) {
            return faults.word((offset - Registers.FRCD) / Long.BYTES);
        }
        return switch (offset) {
            case Registers.CAP -> capabilities.register(Registers.FRCD, FaultRecording.COUNT);
            case Registers.ECAP -> capabilities.extendedRegister();
            case Registers.RTADDR -> rootTable;
            case Registers.IQH -> invalidations.head();
            case Registers.IQT -> invalidations.tail();
            case Registers.IQA -> invalidations.address();
            case Registers.PQH -> requests.head();
            case Registers.PQT -> requests.tail();
            case Registers.PQA -> requests.address();
            default -> throw noRegister(offset, 64);
        };
    }

    @Override
    public void write32(int offset, int value) {
        switch (offset) {
            case Registers.FSTS -> {
                faults.status(value);
                if ((value & Registers.FSTS_IQE) != 0) {
                    invalidations.clearError();
                }
            }
            case Registers.GCMD -> {
                if ((value & Registers.GCMD_SRTP) != 0) {
                    remapping.rootTable(rootTable);
                }
                remapping.enable((value & Registers.GCMD_TE) != 0);
                boolean queued = (value & Registers.GCMD_QIE) != 0;
                if (queued != invalidations.isEnabled()) {
                    invalidations.enable(queued);
                }
            }
            case Registers.FECTL -> {
                if (faultEvent.control(value)) {
                    faultEvent.send();
                }
            }
            case Registers.FEDATA, Registers.FEADDR, Registers.FEUADDR ->
                faultEvent.write(offset - Registers.FECTL + Registers.PECTL, value);
            case Registers.PRS -> requests.status(value);
            case Registers.PECTL -> {
                if (event.control(value)) {
                    event.send();
                }
            }
            case Registers.PEDATA, Registers.PEADDR, Registers.PEUADDR -> event.write(offset, value);
            default -> throw noRegister(offset, 32);
        }
    }

    @Override
    public void write64(int offset, long value) {
        if (isFaultRecord(offset)) {
            faults.word((offset - Registers.FRCD) / Long.BYTES, value);
            if ((faults.status() & Registers.FSTS_PPF) == 0) {
                faultEvent.serviced();
            }
            return;
        }
        switch (offset) {
            case Registers.RTADDR -> rootTable = value;
            case Registers.IQT -> invalidations.tail(value);
            case Registers.IQA -> invalidations.address(value);
            case Registers.PQH -> requests.head(value);
            case Registers.PQT -> requests.tail(value);
            case Registers.PQA -> requests.address(value);
            case Registers.IQH, Registers.CAP, Registers.ECAP -> {
                // Read only: the hardware alone moves the head, and what the unit can doesn't change.
            }
            default -> throw noRegister(offset, 64);
        }
    }

    private static boolean isFaultRecord(int offset) {
        int end = Registers.FRCD + FaultRecording.COUNT * FaultRecord.SIZE;
        return offset >= Registers.FRCD && offset < end && (offset & (Long.BYTES - 1)) == 0;
    }

    private static IllegalArgumentException noRegister(int offset, int bits) {
        return new IllegalArgumentException(
                "no %d-bit register at offset 0x%x; see io.pgfault.vtd.spec.Registers".formatted(bits, offset));
    }
}
