// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultHandler;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What becomes of a closed group: the answer of a test's function, or a call of a handler. The thread of a test changes
 * the script while event threads read it.
 */
final class Script {
    private final Map<String, FaultHandler> handlers = new ConcurrentHashMap<>();
    private final boolean domainsEverywhere;

    /** Written by the thread of the test; null makes the script call handlers. */
    private volatile Function<PageRequest, ResponseCode> answers;

    /** Written by the thread of the test, run by the event thread before each report. */
    private volatile Runnable beforeReport = () -> {};

    /** Written by the thread of the test, run by the thread that discards partials. */
    private volatile Runnable onDiscard = () -> {};

    /** Written by the thread of the test, run by the event thread when a batch begins. */
    private volatile Runnable onBatch = () -> {};

    /** Written by the thread of the test; null lets a device into a queue. */
    private volatile RuntimeException addFailure;

    Script(Function<PageRequest, ResponseCode> answers, boolean domainsEverywhere) {
        this.answers = answers;
        this.domainsEverywhere = domainsEverywhere;
    }

    void answers(Function<PageRequest, ResponseCode> function) {
        answers = function;
    }

    void serve(String kind, FaultHandler handler) {
        handlers.put(kind, handler);
    }

    void beforeReport(Runnable action) {
        beforeReport = action;
    }

    void onDiscard(Runnable action) {
        onDiscard = action;
    }

    void onBatch(Runnable action) {
        onBatch = action;
    }

    void refuseAdding(RuntimeException failure) {
        addFailure = failure;
    }

    void runBeforeReport() {
        beforeReport.run();
    }

    void runOnDiscard() {
        onDiscard.run();
    }

    void runOnBatch() {
        onBatch.run();
    }

    void throwAddFailure() {
        if (addFailure != null) {
            throw addFailure;
        }
    }

    /** Whether a group of this domain, null for none, may be offered (rule C07). */
    boolean mayGoOn(Domain domain) {
        return domain != null || domainsEverywhere;
    }

    /** Offers a group; false if no handler took it. */
    boolean offer(StrictGroup group) {
        Function<PageRequest, ResponseCode> function = answers;
        if (function != null) {
            ResponseCode code = function.apply(group.last());
            if (code != null) {
                group.respond(code);
            }
            return true;
        }
        FaultHandler handler =
                group.domain() == null ? null : handlers.get(group.domain().kind());
        try {
            return handler != null && handler.handle(group) == Disposition.TAKEN;
        } catch (Exception e) {
            throw new IllegalStateException("the test's own handler threw", e);
        }
    }
}
