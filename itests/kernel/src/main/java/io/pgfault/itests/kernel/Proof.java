// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.kernel;

import io.pgfault.api.Device;
import io.pgfault.api.Pasid;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Endpoint.Access;
import io.pgfault.api.bus.Endpoint.Outcome;
import io.pgfault.api.driver.IoPageFaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * Inside the guest: makes the kernel's mock devices fault, disturbs the platform while they do, and compares what the
 * kernel counted with what this side counted, number for number. Every step prints one line that begins with
 * {@code PROOF} and ends with {@code ok} or with what did not agree. Commands of the shell.
 */
@Component(
        service = Proof.class,
        property = {
            "osgi.command.scope=iopf",
            "osgi.command.function=prove",
            "osgi.command.function=kill",
            "osgi.command.function=again"
        })
public final class Proof {
    private static final int THREADS = 4;
    private static final int ACCESSES = 1000;
    private static final int HELD = 64;
    private static final long GRANTED = 0x1000_0000L;
    private static final long NOT_GRANTED = 0x9000_0000L;
    private static final int PAGE = 4096;

    private final BundleContext context;
    private final GuestPlatform guest;
    private final IoPageFaults faults;
    private final Holding holding;
    private final OurSide ourSide;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Activated by DS. */
    @Activate
    public Proof(
            BundleContext context,
            @Reference ConfigurationAdmin configurations,
            @Reference IoPageFaults faults,
            @Reference Holding holding) {
        this.context = context;
        this.guest = new GuestPlatform(context, configurations);
        this.faults = faults;
        this.holding = holding;
        this.ourSide = new OurSide(context);
    }

    @Deactivate
    void deactivate() {
        ourSide.close();
        threads.shutdownNow();
    }

    /** The first run. */
    public void prove() throws Exception {
        step("serve", this::serve);
        step("swap", this::swap);
        step("detach", this::detach);
        step("device", this::deviceGoes);
        step("restart", this::restart);
        kill();
    }

    /** Ends with faults held, to be killed. */
    public void kill() throws Exception {
        hold("mock1");
        Files.writeString(
                Path.of("/tmp/holding"), Integer.toString(holding.groups().size()));
    }

    /** After the kill. */
    public void again() throws Exception {
        step("again", this::serve);
        Files.writeString(Path.of("/tmp/done"), "done");
    }

    /** What a step has to say about itself: numbers that must agree, each pair with its name. */
    private static final class Agreements {
        private final StringBuilder differences = new StringBuilder();

        void equal(String what, long one, long other) {
            if (one != other) {
                differences
                        .append(" DIFFER ")
                        .append(what)
                        .append(' ')
                        .append(one)
                        .append("!=")
                        .append(other);
            }
        }

        @Override
        public String toString() {
            return differences.length() == 0 ? " ok" : differences.toString();
        }
    }

    private interface Step {
        void run(Agreements agreements) throws Exception;
    }

    /** Runs a step; whatever it did, every group that a device reported must have been answered once. */
    private void step(String name, Step step) throws IOException, InterruptedException {
        KernelSide kernelBefore = KernelSide.now();
        OurSide.Counts oursBefore = ourSide.now();
        long start = System.nanoTime();
        Agreements agreements = new Agreements();
        try {
            step.run(agreements);
        } catch (Exception e) {
            e.printStackTrace();
            agreements.differences.append(" FAILED ").append(e);
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        GuestPlatform.await(() -> {
            KernelSide kernel = kernelSide(kernelBefore);
            return kernel.reported() == kernel.success() + kernel.invalid();
        });
        KernelSide kernel = kernelSide(kernelBefore);
        OurSide.Counts ours = ourSide.now().since(oursBefore);
        agreements.equal("reported and answered", kernel.reported(), kernel.success() + kernel.invalid());
        agreements.equal("success", kernel.success(), ours.takenSuccess());
        // The kernel answered itself the groups that no client read, and the groups that were answered too late.
        long itself = kernel.reported()
                - ours.groups()
                + ours.success()
                + ours.invalid()
                - ours.takenSuccess()
                - ours.takenInvalid();
        agreements.equal("invalid", kernel.invalid(), ours.takenInvalid() + itself);
        System.out.printf(
                "PROOF %s kernel %s ours %s itself=%d millis=%d%s%n", name, kernel, ours, itself, millis, agreements);
    }

    private static KernelSide kernelSide(KernelSide before) {
        try {
            return KernelSide.now().since(before);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** SVA serves thousands of faults; every eighth is beyond what is granted. */
    private void serve(Agreements agreements) throws Exception {
        KernelSide before = KernelSide.now();
        OurSide.Counts oursBefore = ourSide.now();
        AtomicInteger wrong = new AtomicInteger();
        everyThread(thread -> {
            Endpoint mock = guest.endpoint("mock0");
            for (int i = 0; i < ACCESSES; i++) {
                boolean granted = i % 8 != 0;
                long address = (granted ? GRANTED : NOT_GRANTED) + (long) PAGE * (thread * ACCESSES + i);
                Access access = mock.access(mock.pasid(), address, Permissions.READ);
                if (access.outcome() != (granted ? Outcome.DONE : Outcome.INVALID) || access.requests() != 1) {
                    wrong.incrementAndGet();
                }
            }
            return null;
        });
        guest.drained();
        KernelSide kernel = KernelSide.now().since(before);
        OurSide.Counts ours = ourSide.now().since(oursBefore);
        long all = THREADS * (long) ACCESSES;
        agreements.equal("accesses that ended wrong", wrong.get(), 0);
        agreements.equal("reported", kernel.reported(), all);
        agreements.equal("kernel's success", kernel.success(), all - all / 8);
        agreements.equal("kernel's invalid", kernel.invalid(), all / 8);
        agreements.equal("groups", ours.groups(), all);
        agreements.equal("our success", ours.success(), all - all / 8);
        agreements.equal("our invalid", ours.invalid(), all / 8);
    }

    /** A third party's handler comes and goes in front of SVA while faults arrive: none is lost. */
    private void swap(Agreements agreements) throws Exception {
        Bundle prefault = context.installBundle("file:/iopf/prefault.jar");
        KernelSide before = KernelSide.now();
        long pagesBefore = guest.populatedPages();
        AtomicInteger wrong = new AtomicInteger();
        List<Future<?>> running = start(thread -> {
            Endpoint mock = guest.endpoint("mock0");
            for (int i = 0; i < ACCESSES; i++) {
                long address = GRANTED + 0x1000_0000L + (long) PAGE * 2 * (thread * ACCESSES + i);
                if (mock.access(mock.pasid(), address, Permissions.WRITE).outcome() != Outcome.DONE) {
                    wrong.incrementAndGet();
                }
            }
            return null;
        });
        int swaps = 0;
        while (running.stream().anyMatch(future -> !future.isDone())) {
            prefault.start();
            prefault.stop();
            swaps++;
        }
        finish(running);
        guest.drained();
        KernelSide kernel = KernelSide.now().since(before);
        // No device asks for every second page: such a page is present only as a guess of the third party.
        long guesses = guest.populatedPages() - pagesBefore - THREADS * (long) ACCESSES;
        System.out.printf("PROOF swaps=%d guesses=%d%n", swaps, guesses);
        agreements.equal("no guess", guesses > 0 ? 1 : 0, 1);
        agreements.equal("no swap", swaps > 0 ? 1 : 0, 1);
        agreements.equal("accesses that ended wrong", wrong.get(), 0);
        agreements.equal("kernel's success", kernel.success(), THREADS * (long) ACCESSES);
    }

    /**
     * The domain is detached with faults held: the kernel answers, our late answers are refused by it or by the core.
     */
    private void detach(Agreements agreements) throws Exception {
        OurSide.Counts before = ourSide.now();
        KernelSide kernelBefore = KernelSide.now();
        List<Future<Access>> accesses = hold("mock1");
        Device device = guest.endpoint("mock1").device();
        faults.detach(device, Pasid.NONE);
        int late = lateAnswersThatCounted();
        for (Future<Access> access : accesses) {
            agreements.equal("access invalid", access.get().outcome() == Outcome.INVALID ? 1 : 0, 1);
        }
        OurSide.Counts ours = ourSide.now().since(before);
        agreements.equal("late answers that counted", late, 0);
        agreements.equal("our invalid", ours.invalid(), HELD);
        agreements.equal("answers that the kernel took after it had answered", ours.takenInvalid(), 0);
        agreements.equal("kernel's invalid", kernelSide(kernelBefore).invalid(), HELD);
        // The next mock device makes a new device of the kernel.
        guest.recreate("io.pgfault.iommufd.mock~mock1", () -> {});
        guest.endpoint("mock1");
    }

    /** The device goes with faults held: we answer every one of them. */
    private void deviceGoes(Agreements agreements) throws Exception {
        OurSide.Counts before = ourSide.now();
        KernelSide kernelBefore = KernelSide.now();
        List<Future<Access>> accesses = hold("mock1");
        guest.recreate("io.pgfault.iommufd.mock~mock1", () -> {
            for (Future<Access> access : accesses) {
                agreements.equal("access ended", access.get().outcome() == Outcome.DONE ? 1 : 0, 0);
            }
            OurSide.Counts ours = ourSide.now().since(before);
            agreements.equal("late answers that counted", lateAnswersThatCounted(), 0);
            agreements.equal("our invalid", ours.invalid(), HELD);
            agreements.equal("answers taken", ours.takenInvalid(), HELD);
            agreements.equal("kernel's invalid", kernelSide(kernelBefore).invalid(), HELD);
        });
        guest.endpoint("mock1");
    }

    /** The unit goes and comes back while faults arrive, again and again. */
    private void restart(Agreements agreements) throws Exception {
        AtomicInteger done = new AtomicInteger();
        AtomicInteger rounds = new AtomicInteger();
        List<Future<?>> running = start(thread -> {
            while (rounds.get() < 5) {
                Endpoint mock = guest.endpoint("mock0");
                for (int i = 0; i < ACCESSES && ourSide.watches(mock.device()) && rounds.get() < 5; i++) {
                    Access access;
                    try {
                        access = mock.access(mock.pasid(), GRANTED + (long) PAGE * i, Permissions.READ);
                    } catch (IllegalStateException e) {
                        break; // its unit went while it was asked
                    }
                    if (access.outcome() != Outcome.DONE) {
                        break;
                    }
                    done.incrementAndGet();
                }
            }
            return null;
        });
        for (int round = 0; round < 5; round++) {
            int before = done.get();
            GuestPlatform.await(() -> done.get() > before + 200);
            agreements.equal("faults flowed in round " + round, done.get() > before + 200 ? 1 : 0, 1);
            guest.recreate("io.pgfault.iommufd.unit~iommufd0", () -> {});
            guest.endpoint("mock0");
            rounds.incrementAndGet();
        }
        finish(running);
        guest.endpoint("mock1");
        guest.drained();
    }

    /** Makes the device fault as often as {@link #HELD}, and returns when all groups are held. */
    private List<Future<Access>> hold(String name) throws Exception {
        holding.groups().clear();
        Endpoint mock = guest.endpoint(name);
        List<Future<Access>> accesses = new ArrayList<>();
        for (int i = 0; i < HELD; i++) {
            long address = GRANTED + (long) PAGE * i;
            int pasid = i % 2 == 0 ? Pasid.NONE : 1 + i;
            accesses.add(threads.submit(() -> mock.access(pasid, address, Permissions.READ)));
        }
        GuestPlatform.await(() -> holding.groups().size() == HELD);
        if (holding.groups().size() != HELD) {
            throw new IllegalStateException("held " + holding.groups().size());
        }
        return accesses;
    }

    private int lateAnswersThatCounted() {
        return (int) holding.groups().stream()
                .filter(group -> group.respond(ResponseCode.SUCCESS))
                .count();
    }

    private interface PerThread {
        Void run(int thread) throws Exception;
    }

    private List<Future<?>> start(PerThread work) {
        CompletionService<Void> started = new ExecutorCompletionService<>(threads);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            Callable<Void> call = () -> work.run(thread);
            running.add(started.submit(call));
        }
        return running;
    }

    private void everyThread(PerThread work) throws Exception {
        finish(start(work));
    }

    private static void finish(List<Future<?>> running) throws Exception {
        for (Future<?> future : running) {
            future.get(5, TimeUnit.MINUTES);
        }
    }
}
