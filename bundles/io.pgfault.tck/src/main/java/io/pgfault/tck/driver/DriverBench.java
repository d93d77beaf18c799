// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.driver;

import io.pgfault.api.Domain;
import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.tck.UnitUnderTest;
import io.pgfault.tck.core.CheckThreads;
import io.pgfault.tck.UnitUnderTest.Way;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A unit between devices and a handler of the kit, for one check. */
final class DriverBench implements AutoCloseable {
    /** Makes a bench. */
    @FunctionalInterface
    public interface Factory {
        /** A bench with a unit that works. */
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
     * A bench with a unit that {@code units} makes for that core.
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
    KitDevice connect(Way way, int id) {
        KitDevice device = KitDevice.connect(subject.unit(), way, "device " + id + " of the kit", id, patience);
        devices.add(device);
        return device;
    }

    /** Attaches a domain of the kit. */
    Domain attach(KitDevice device, int pasid, PageTable pageTable) {
        Domain domain = core.faults().allocateDomain(KIND, "domain of the kit", pageTable, false);
        core.faults().attach(device.upstream().device(), pasid, domain);
        return domain;
    }

    /** The unit goes as in a container: the core hears first. */
    void unitGoes() throws Exception {
        core.unitGoes(subject.unit().name());
        subject.close();
    }

    /** The unit is there again. */
    void unitReturns() throws Exception {
        subject = units.open(core.faults());
    }

    /** What went wrong on the way. */
    void verify() {
        devices.forEach(KitDevice::verify);
        core.verify();
    }

    /** Takes everything down, and fails with what went wrong by then. */
    @Override
    public void close() throws Exception {
        handler.does(group -> group.respond(ResponseCode.INVALID));
        unitGoes();
        workers.close();
        devices.forEach(KitDevice::verify);
        core.close();
    }
}
