// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.units;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;

/** Handlers that behave in every way that a handler can, most of them badly. Each may be registered many times. */
final class SoakHandlers {
    private static final int LATE = 256;

    /** Groups that a thread of {@link #late} responds to some time. */
    private final BlockingQueue<FaultGroup> late = new ArrayBlockingQueue<>(LATE);

    /** A handler that answers. */
    static Disposition good(FaultGroup group) {
        group.respond(ResponseCode.SUCCESS);
        return Disposition.TAKEN;
    }

    /** The handlers that come and go. */
    List<FaultHandler> all() {
        return List.of(
                SoakHandlers::good,
                this::takesItsTime,
                SoakHandlers::twice,
                SoakHandlers::executes,
                SoakHandlers::throwsErrors,
                SoakHandlers::interrupts,
                SoakHandlers::seldomNever,
                group -> Disposition.DECLINED,
                group -> null);
    }

    private Disposition takesItsTime(FaultGroup group) {
        if (!late.offer(group)) {
            group.respond(ResponseCode.SUCCESS);
        }
        return Disposition.TAKEN;
    }

    private static Disposition twice(FaultGroup group) {
        group.respond(ResponseCode.SUCCESS);
        group.respond(ResponseCode.FAILURE);
        return Disposition.DECLINED;
    }

    private static Disposition executes(FaultGroup group) {
        group.execute(() -> {
            if (ThreadLocalRandom.current().nextInt(8) == 0) {
                throw new LinkageError("on purpose");
            }
            group.respond(ResponseCode.SUCCESS);
        });
        return Disposition.TAKEN;
    }

    private static Disposition throwsErrors(FaultGroup group) {
        if (ThreadLocalRandom.current().nextBoolean()) {
            group.respond(ResponseCode.INVALID);
        }
        throw new StackOverflowError("on purpose");
    }

    private static Disposition interrupts(FaultGroup group) {
        Thread.currentThread().interrupt();
        return good(group);
    }

    /** Forgets one group of a thousand: the deadline answers it. */
    private static Disposition seldomNever(FaultGroup group) {
        return ThreadLocalRandom.current().nextInt(1000) == 0 ? Disposition.TAKEN : good(group);
    }

    /** Responds to one late group in one of several ways; false if there is none. */
    boolean late() {
        FaultGroup group = late.poll();
        if (group == null) {
            return false;
        }
        switch (ThreadLocalRandom.current().nextInt(4)) {
            case 0 ->
                group.execute(() -> {
                    throw new IllegalStateException("on purpose");
                });
            case 1 -> group.execute(() -> group.respond(ResponseCode.SUCCESS));
            case 2 -> group.respond(ResponseCode.INVALID);
            default -> {
                group.respond(ResponseCode.SUCCESS);
                group.respond(ResponseCode.SUCCESS);
            }
        }
        return true;
    }
}
