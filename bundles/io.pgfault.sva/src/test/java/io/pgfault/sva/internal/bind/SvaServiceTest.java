// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.bind;

import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Binding;
import io.pgfault.api.sva.Sva;
import io.pgfault.sva.internal.memory.SystemMemory;
import io.pgfault.tck.core.StrictFaults;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SvaServiceTest {
    private final RecordingDriver driver = new RecordingDriver();
    private final StrictFaults faults = StrictFaults.builder().build();
    private final SvaService sva = new SvaService(faults, new SystemMemory());
    private final Device nic = faults.probe(driver, "unit0", "nic", 1);
    private final Device gpu = faults.probe(driver, "unit0", "gpu", 2);

    private AddressSpace space(String name) {
        return sva.create(name, List.of(new Area(0x1000, 0x4fff, READ | WRITE, false, 0, "")));
    }

    @Test
    void s01_firstBindingAttachesADomainOfKindSvaThatTheSpaceTranslates() {
        AddressSpace space = space("a");
        Binding binding = sva.bind(nic, space);

        Domain domain = faults.attached(nic, binding.pasid());
        assertThat(domain.kind()).isEqualTo(Sva.DOMAIN_KIND);
        assertThat(domain.pageTable()).isSameAs(space);
        assertThat(domain.nested()).isFalse();
        assertThat(binding.device()).isSameAs(nic);
        assertThat(binding.space()).isSameAs(space);
        assertThat(binding.pasid()).isBetween(1, Pasid.MAX);
    }

    @Test
    void s01_onePasidAndOneDomainForAnAddressSpace() {
        AddressSpace space = space("a");
        int pasid = sva.bind(nic, space).pasid();

        assertThat(sva.bind(gpu, space).pasid()).isEqualTo(pasid);
        assertThat(sva.bind(nic, space("b")).pasid()).isNotEqualTo(pasid);
        assertThat(faults.attached(nic, pasid)).isSameAs(faults.attached(gpu, pasid));
        assertThat(faults.domains()).hasSize(2);
    }

    @Test
    void s01_bindingAgainTakesAReference() {
        AddressSpace space = space("a");
        Binding first = sva.bind(nic, space);
        Binding second = sva.bind(nic, space);

        first.close();
        first.close();
        assertThat(driver.attached).containsExactly("nic " + second.pasid());
        second.close();
        assertThat(driver.attached).isEmpty();
        assertThat(faults.domains()).isEmpty();
    }

    @Test
    void s01_lastUnbindDrainsThenDetachesThenFrees() {
        Binding binding = sva.bind(nic, space("a"));
        binding.close();

        assertThat(driver.events).containsExactly("attach nic 1", "drain nic 1", "detach nic 1");
    }

    @Test
    void s01_domainLivesUntilTheLastDeviceLeaves() {
        AddressSpace space = space("a");
        Binding ofNic = sva.bind(nic, space);
        Binding ofGpu = sva.bind(gpu, space);

        ofNic.close();
        assertThat(driver.attached).containsExactly("gpu " + ofGpu.pasid());
        assertThat(faults.domains()).hasSize(1);
        ofGpu.close();
        assertThat(faults.domains()).isEmpty();
    }

    @Test
    void s01_pasidIsGivenBackAndTheSpaceCanBeBoundAgain() {
        AddressSpace space = space("a");
        sva.bind(nic, space).close();
        Binding again = sva.bind(nic, space("b"), 1);

        assertThat(again.pasid()).isEqualTo(1);
        assertThat(sva.bind(nic, space).pasid()).isEqualTo(2);
    }

    @Test
    void s01_chosenPasids() {
        assertThat(sva.bind(nic, space("zero"), 0).pasid()).isZero();
        AddressSpace most = space("most");
        assertThat(sva.bind(nic, most, Pasid.MAX).pasid()).isEqualTo(Pasid.MAX);
        assertThat(sva.bind(gpu, most).pasid()).isEqualTo(Pasid.MAX);
        assertThat(sva.bind(gpu, most, Pasid.MAX).pasid()).isEqualTo(Pasid.MAX);
        assertThat(sva.bind(nic, space("one"), 1).pasid()).isEqualTo(1);
        assertThat(sva.bind(nic, space("next")).pasid()).isEqualTo(2);
    }

    @Test
    void s01_refusesAChosenPasidThatCannotBeHad() {
        AddressSpace space = space("a");
        sva.bind(nic, space, 7);

        assertThatIllegalStateException()
                .isThrownBy(() -> sva.bind(nic, space("b"), 7))
                .withMessageContaining("PASID 7")
                .withMessageContaining("'a'")
                .withMessageContaining("'b'");
        assertThatIllegalStateException()
                .isThrownBy(() -> sva.bind(nic, space, 8))
                .withMessageContaining("'a'")
                .withMessageContaining("PASID 7")
                .withMessageContaining("8");
        assertThatIllegalArgumentException().isThrownBy(() -> sva.bind(nic, space, Pasid.NONE));
        assertThatIllegalArgumentException().isThrownBy(() -> sva.bind(nic, space, Pasid.MAX + 1));
        assertThat(driver.attached).containsExactly("nic 7");
    }

    @Test
    void s01_unbindOfAReleasedDeviceSucceeds() {
        AddressSpace space = space("a");
        Binding binding = sva.bind(nic, space);
        faults.release(nic);

        binding.close();
        assertThat(faults.domains()).isEmpty();
        assertThat(sva.bind(gpu, space).pasid()).isEqualTo(1);
    }

    @Test
    void s01_aFailedAttachLeavesNothingBehind() {
        faults.release(nic);
        AddressSpace space = space("a");

        assertThatIllegalStateException().isThrownBy(() -> sva.bind(nic, space));
        assertThat(faults.domains()).isEmpty();
        assertThat(sva.bind(gpu, space).pasid()).isEqualTo(1);
        assertThatIllegalStateException().isThrownBy(() -> sva.bind(nic, space));
        assertThat(faults.domains()).hasSize(1);
    }

    @Test
    void s01_unbindGoesOnWhenTheDrainFails() {
        driver.whileDraining = () -> {
            throw new UnsupportedOperationException("no drain");
        };
        sva.bind(nic, space("a")).close();
        assertThat(driver.attached).isEmpty();
        assertThat(faults.domains()).isEmpty();
    }

    @Test
    void c21_unbindGoesOnWhenTheDriverThrowsAnError() {
        driver.whileDraining = () -> {
            throw new NoClassDefFoundError("a class of the driver's bundle");
        };
        sva.bind(nic, space("a")).close();
        assertThat(driver.attached).isEmpty();
        assertThat(faults.domains()).isEmpty();
    }

    @Test
    void s01_interruptedUnbindStillDetachesAndStaysInterrupted() {
        driver.whileDraining = () -> {
            throw new InterruptedException();
        };
        sva.bind(nic, space("a")).close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(faults.domains()).isEmpty();
    }

    @Test
    void s01_bindDuringTheLastUnbindGetsADomainOfItsOwn() throws Exception {
        AddressSpace space = space("a");
        Binding first = sva.bind(nic, space);
        CountDownLatch draining = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        driver.whileDraining = () -> {
            draining.countDown();
            awaitUninterrupted(goOn);
        };
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<?> unbind = threads.submit(first::close);
            assertThat(draining.await(10, TimeUnit.SECONDS)).isTrue();
            Future<Binding> bind = threads.submit(() -> sva.bind(nic, space));
            // Another address space doesn't wait for the drain.
            sva.bind(gpu, space("b"));
            goOn.countDown();
            unbind.get(10, TimeUnit.SECONDS);
            Binding second = bind.get(10, TimeUnit.SECONDS);

            Domain domain = faults.attached(nic, second.pasid());
            assertThat(faults.domains()).contains(domain).hasSize(2);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void s01_manyThreadsBindAndUnbind() throws Exception {
        AddressSpace space = space("a");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Boolean>> runs = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                Device device = t % 2 == 0 ? nic : gpu;
                runs.add(threads.submit(() -> {
                    boolean attached = true;
                    for (int i = 0; i < 2_000; i++) {
                        try (Binding binding = sva.bind(device, space)) {
                            attached &= faults.attached(device, binding.pasid()) != null;
                        }
                    }
                    return attached;
                }));
            }
            for (Future<Boolean> run : runs) {
                assertThat(run.get(30, TimeUnit.SECONDS)).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(driver.attached).isEmpty();
        assertThat(faults.domains()).isEmpty();
        assertThat(sva.bind(nic, space).pasid()).isEqualTo(1);
    }

    @Test
    void s01_stopClosesAllBindings() {
        AddressSpace space = space("a");
        Binding first = sva.bind(nic, space);
        sva.bind(nic, space);
        sva.bind(gpu, space("b"));

        sva.deactivate();
        assertThat(driver.attached).isEmpty();
        assertThat(faults.domains()).isEmpty();
        assertThat(driver.events).contains("drain nic 1", "drain gpu 2");
        first.close();
        assertThatIllegalStateException().isThrownBy(() -> sva.bind(nic, space)).withMessageContaining("stopped");
    }

    @Test
    void s02_anAddressSpaceThatIsGoneCannotBeBound() {
        AddressSpace space = space("a");
        Binding binding = sva.bind(nic, space);
        space.close();

        assertThatIllegalStateException().isThrownBy(() -> sva.bind(gpu, space)).withMessageContaining("'a' is gone");
        assertThat(driver.attached).containsExactly("nic " + binding.pasid());
        binding.close();
        assertThat(faults.domains()).isEmpty();
    }

    @Test
    void s06_exitInvalidatesWhatDevicesHoldWhileTheTableIsEmptyAlready() {
        AddressSpace space = space("a");
        sva.bind(nic, space);
        assertThat(space.populate(0x1000, WRITE)).isEqualTo(ResponseCode.SUCCESS);

        List<Long> mapped = new ArrayList<>();
        driver.whileInvalidating = () -> mapped.add(space.walk(0x1000));
        space.close();
        space.close();
        assertThat(mapped).containsExactly(Translation.NONE);
        assertThat(driver.events).containsExactly("attach nic 1", "invalidate nic 1 0-ffffffffffffffff");
    }

    @Test
    void overlappingAreasAreRefusedByName() {
        List<Area> areas = List.of(
                new Area(0x8000, 0xafff, READ, false, 0, "/usr/bin/cat"),
                new Area(0x4000, 0x8fff, READ, false, 0, "[heap]"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sva.create("a", areas))
                .withMessageContaining("'a'")
                .withMessageContaining("4000-9000 r--p [heap]")
                .withMessageContaining("8000-b000 r--p /usr/bin/cat");
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
