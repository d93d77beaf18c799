// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.tck.UnitUnderTest;
import io.pgfault.tck.UnitUnderTest.FaultKind;
import io.pgfault.tck.core.CheckThreads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** A unit between devices of the kit and a handler of the kit, for one check. One thread, the one of the check. */
final class DriverBench implements AutoCloseable {
    /** Opens a bench for each check. */
    @FunctionalInterface
    @ProviderType
    public interface Factory {
        /** Opens a bench with a unit that works. */
        DriverBench open() throws Exception;
    }

    /** The kind of the kit's domains. */
    private static final String KIND = "io.pgfault.tck";

    private final Core core;
    private final UnitUnderTest.Factory units;
    private final Duration patience;
    private final KitHandler handler;
    private final List<KitDevice> devices = new ArrayList<>();
    private final CheckThreads workers = new CheckThreads();
    private UnitUnderTest subject;

    /**
     * Opens a bench with a unit that {@code units} makes for a core.
     *
     * @param patience how long the unit may take for anything
     */
    public DriverBench(Core core, UnitUnderTest.Factory units, Duration patience) throws Exception {
        this.core = core;
        this.units = units;
        this.patience = patience;
        this.handler = new KitHandler(patience);
        core.serve(KIND, handler);
        this.subject = units.open(core.faults());
    }

    Core core() {
        return core;
    }

    KitHandler handler() {
        return handler;
    }

    UnitUnderTest subject() {
        return subject;
    }

    CheckThreads workers() {
        return workers;
    }

    /** Connects a device. */
    KitDevice connect(FaultKind faultKind, int id) {
        KitDevice device = KitDevice.connect(subject.unit(), faultKind, "device " + id + " of the kit", id, patience);
        devices.add(device);
        return device;
    }

    Duration patience() {
        return patience;
    }

    /** Attaches a domain of the kit that isn't nested. */
    Domain attach(KitDevice device, int pasid, PageTable pageTable) {
        return attach(device, pasid, pageTable, false);
    }

    /** Attaches a domain of the kit. */
    Domain attach(KitDevice device, int pasid, PageTable pageTable, boolean nested) {
        Domain domain = core.faults().allocateDomain(KIND, "domain of the kit", pageTable, nested);
        core.faults().attach(device.upstream().device(), pasid, domain);
        return domain;
    }

    /** Takes the unit away as a container does: the core hears of it before the driver closes the unit. */
    void unitGoes() throws Exception {
        core.unitGoes(subject.unit().name());
        subject.close();
    }

    /** Opens the unit again. */
    void unitReturns() throws Exception {
        subject = units.open(core.faults());
    }

    /** Throws the first rule that the driver has broken so far. */
    void verify() {
        devices.forEach(KitDevice::verify);
        core.verify();
    }

    /** Takes everything down, and throws the first rule that the driver has broken. */
    @Override
    public void close() throws Exception {
        handler.does(group -> group.respond(ResponseCode.INVALID));
        unitGoes();
        workers.close();
        devices.forEach(KitDevice::verify);
        core.close();
    }
}
