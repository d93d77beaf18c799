// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import java.util.List;
import java.util.stream.IntStream;

/** Acts a {@link Script} with the real core and writes down what it was offered. */
final class ScriptedHandler implements FaultHandler {
    private final IoPageFaultCore core;
    private final long service;
    private final List<Object> events;
    private final Recent<FaultGroup> seen;

    ScriptedHandler(IoPageFaultCore core, long service, List<Object> events, Recent<FaultGroup> seen) {
        this.core = core;
        this.service = service;
        this.events = events;
        this.seen = seen;
    }

    @Override
    public Disposition handle(FaultGroup group) {
        List<PageRequest> requests =
                IntStream.range(0, group.size()).mapToObj(group::request).toList();
        long serial = requests.get(requests.size() - 1).private1();
        seen.add(group);
        events.add(
                new Model.Offered(service, group.device().name(), group.domain().name(), requests));
        switch (Script.of(service, serial)) {
            case KEEP -> {}
            case SUCCESS -> group.respond(ResponseCode.SUCCESS);
            case INVALID -> group.respond(ResponseCode.INVALID);
            case FAILURE -> group.respond(ResponseCode.FAILURE);
            case DECLINE -> {
                return Disposition.DECLINED;
            }
            case THROW -> throw new Failure();
            case RETURN_NULL -> {
                return null;
            }
            case ANSWER_AND_DECLINE -> {
                group.respond(ResponseCode.SUCCESS);
                return Disposition.DECLINED;
            }
            case ANSWER_AND_THROW -> {
                group.respond(ResponseCode.SUCCESS);
                throw new Failure();
            }
            case ANSWER_TWICE -> {
                group.respond(ResponseCode.SUCCESS);
                group.respond(ResponseCode.INVALID);
            }
            case EXECUTE_AND_ANSWER -> group.execute(() -> group.respond(ResponseCode.SUCCESS));
            case EXECUTE_AND_THROW -> group.execute(ScriptedHandler::fail);
            case EXECUTE_AND_DECLINE -> {
                group.execute(ScriptedHandler::fail);
                return Disposition.DECLINED;
            }
            case REMOVE_THE_DEVICE -> core.queues().forEach(queue -> queue.remove(group.device()));
            case LEAVE_AND_KEEP -> core.removeHandler(service);
            case LEAVE_AND_THROW -> {
                core.removeHandler(service);
                throw new Failure();
            }
            case LEAVE_AND_DECLINE -> {
                core.removeHandler(service);
                return Disposition.DECLINED;
            }
        }
        return Disposition.TAKEN;
    }

    private static void fail() {
        throw new Failure();
    }

    /** Thrown on purpose, and often: without a stack trace. */
    private static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1;

        Failure() {
            super("on purpose", null, false, false);
        }
    }
}
