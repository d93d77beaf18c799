// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.FaultGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** What plug-ins throw at the core's borders, Errors included: rule C21. */
class BorderTest extends CoreTest {
    private final Keeper keeper = new Keeper();

    @Test
    void c21_anErrorOfOneDriverKeepsNoOtherDeviceFromBeingInvalidated() {
        List<String> invalidated = new ArrayList<>();
        RecordingDriver failing = new RecordingDriver() {
            @Override
            public void invalidate(Device device, int pasid, long first, long last) {
                invalidated.add(device.name());
                throw new NoClassDefFoundError("the bundle was refreshed");
            }
        };
        Domain domain = domain("p");
        core.attach(core.probe(failing, "unit0", "a", 1), 1, domain);
        core.attach(core.probe(failing, "unit0", "b", 2), 1, domain);

        assertThatThrownBy(() -> core.invalidate(domain, 0, 0xfff)).isInstanceOf(NoClassDefFoundError.class);

        assertThat(invalidated).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void c21_whateverADriverThrowsFromAttachLeavesEverythingAsItWas() {
        RecordingDriver sneaky = new RecordingDriver() {
            @Override
            public void attach(Device device, int pasid, Domain domain) {
                if (domain.name().equals("bad")) {
                    sneak(new Exception("checked, and thrown all the same"));
                }
            }
        };
        register(0, keeper);
        Device device = core.probe(sneaky, "unit0", "d", 1);
        queue.add(device);
        core.attach(device, PASID, domain("good"));
        Domain bad = domain("bad");

        assertThatThrownBy(() -> core.attach(device, PASID, bad)).hasMessageContaining("checked");

        last(device, 1);
        assertThat(keeper.only().domain().name()).isEqualTo("good");
        bad.free();
    }

    @Test
    void c21_whateverADriverThrowsFromDetachLetsTheDomainGo() {
        RecordingDriver sneaky = new RecordingDriver() {
            @Override
            public void detach(Device device, int pasid) {
                sneak(new Exception("checked, and thrown all the same"));
            }
        };
        register(0, keeper);
        Device device = core.probe(sneaky, "unit0", "d", 1);
        queue.add(device);
        Domain domain = domain("p");
        core.attach(device, PASID, domain);
        last(device, 1);

        core.release(device);

        assertThat(sneaky.codes()).containsExactly(ResponseCode.INVALID);
        domain.free();
    }

    /** A logger is foreign code too: a logger that throws must not keep a group from counting as delivered. */
    @Test
    void c21_aLogThatThrowsKeepsNoGroupPending() throws Exception {
        RecordingDriver failing = new RecordingDriver() {
            @Override
            public void pageResponse(
                    Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
                throw new IllegalStateException("can't send, on purpose");
            }
        };
        register(0, keeper);
        Device device = core.probe(failing, "unit0", "d", 1);
        queue.add(device);
        core.attach(device, PASID, domain("p"));
        last(device, 1);
        FaultGroup group = keeper.only();
        List<String> messages = new CopyOnWriteArrayList<>();
        Handler broken = new Handler() {
            @Override
            public void publish(LogRecord logged) {
                messages.add(logged.getMessage());
                throw new AssertionError("the log is broken, on purpose");
            }

            @Override
            public void flush() {
                // Keeps nothing.
            }

            @Override
            public void close() {
                // Keeps nothing.
            }
        };
        Logger log = Logger.getLogger("io.pgfault.unit.unit0");
        log.addHandler(broken);
        try {
            assertThat(group.respond(ResponseCode.SUCCESS)).isTrue();
        } finally {
            log.removeHandler(broken);
        }
        assertThat(messages).isNotEmpty().first().asString().contains("unit0", "to device d");
        long start = System.nanoTime();
        queue.remove(device);
        assertThat(System.nanoTime() - start).isLessThan(SETTINGS.deadlineNanos() / 2);
    }

    @SuppressWarnings("unchecked") // The cast is what throws a checked exception unseen.
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }
}
