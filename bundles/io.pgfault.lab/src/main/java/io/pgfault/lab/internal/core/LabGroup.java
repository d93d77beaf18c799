// SPDX-License-Identifier: Apache-2.0
package io.pgfault.lab.internal.core;

import io.pgfault.api.Counter;
import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * One group of a trial, from its last request to its one response. Any thread; the monitor guards the response and the
 * owner. The conformance kit has groups of its own, because its groups complain about one handler, while this group
 * passes from handler to handler in virtual time; and the lab knows no bundle but the API and the traces.
 */
final class LabGroup {
    /** The PASID of every group of a trial. */
    static final int PASID = 1;

    private final Device device;
    private final Domain domain;
    private final Requests requests;
    private final Executor workers;
    private final Runnable whenAnswered;
    /** Null until the group has its response. Guarded by the monitor. */
    private ResponseCode response;
    /** What the handler sees that owns the group. Guarded by the monitor. */
    private View owner;

    /**
     * Makes a group.
     *
     * @param workers where {@link FaultGroup#execute} runs work
     * @param whenAnswered called once, on the thread that answers
     */
    LabGroup(Device device, Domain domain, Requests requests, Executor workers, Runnable whenAnswered) {
        this.device = device;
        this.domain = domain;
        this.requests = requests;
        this.workers = workers;
        this.whenAnswered = whenAnswered;
    }

    /** Offers the group to the handlers in order (rule C08). Runs on a worker. */
    void offer(List<FaultHandler> handlers) {
        for (FaultHandler handler : handlers) {
            View view = new View();
            synchronized (this) {
                owner = view;
            }
            Disposition disposition;
            try {
                disposition = handler.handle(view);
            } catch (Exception | Error e) {
                answer(view, ResponseCode.FAILURE);
                return;
            }
            if (disposition == Disposition.TAKEN) {
                return;
            }
            device.counters().add(Counter.DECLINED, 1);
        }
        synchronized (this) {
            owner = null;
        }
        answer(null, ResponseCode.INVALID);
    }

    /** The core's own answer; false if there is one already. */
    boolean answerInvalid() {
        View view;
        synchronized (this) {
            view = owner;
        }
        return answer(view, ResponseCode.INVALID);
    }

    private boolean answer(View by, ResponseCode code) {
        synchronized (this) {
            if (response != null || by != owner) {
                device.counters().add(Counter.REFUSED, 1);
                return false;
            }
            response = code;
        }
        whenAnswered.run();
        return true;
    }

    /** The response; null if there is none yet. */
    synchronized ResponseCode response() {
        return response;
    }

    /** The group as one offer shows it: a handler that has declined can do nothing with it (rule R08). */
    private final class View implements FaultGroup {
        @Override
        public Device device() {
            return device;
        }

        @Override
        public Domain domain() {
            return domain;
        }

        @Override
        public int pasid() {
            return PASID;
        }

        @Override
        public int id() {
            return requests.id();
        }

        @Override
        public int size() {
            return requests.size();
        }

        @Override
        public long address(int i) {
            check();
            return requests.addresses()[i];
        }

        @Override
        public int permissions(int i) {
            check();
            return requests.permissions()[i];
        }

        @Override
        public int flags(int i) {
            check();
            Objects.checkIndex(i, requests.size());
            return PageRequest.PASID_VALID
                    | PageRequest.RESPONSE_NEEDS_PASID
                    | (i == requests.size() - 1 ? PageRequest.LAST_PAGE : 0);
        }

        @Override
        public PageRequest request(int i) {
            return new PageRequest(flags(i), PASID, requests.id(), permissions(i), address(i));
        }

        private void check() {
            synchronized (LabGroup.this) {
                if (response != null || owner != this) {
                    throw new IllegalStateException("the group has been answered, or is another handler's");
                }
            }
        }

        @Override
        public boolean respond(ResponseCode code) {
            Objects.requireNonNull(code, "a group is answered with a code");
            return answer(this, code);
        }

        @Override
        public void execute(Runnable work) {
            Objects.requireNonNull(work, "nothing to execute");
            synchronized (LabGroup.this) {
                if (owner != this) {
                    device.counters().add(Counter.REFUSED, 1);
                    return;
                }
            }
            workers.execute(() -> run(work));
        }

        private void run(Runnable work) {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                synchronized (LabGroup.this) {
                    if (response != null) {
                        return;
                    }
                }
                answer(this, ResponseCode.FAILURE);
            }
        }
    }
}
