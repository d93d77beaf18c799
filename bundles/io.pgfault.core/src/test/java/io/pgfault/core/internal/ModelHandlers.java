// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Counter;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.Report;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The handlers of the model: offering, declining, recalling, parking (rules C08, R01 to R04). */
final class ModelHandlers {
    private final Model model;
    private final List<ModelHandler> there = new ArrayList<>();
    private final List<ModelHandler> leaving = new ArrayList<>();
    private final Set<String> kindsServed = new HashSet<>();
    /** A group that is answered keeps its place until the model's clock moves. */
    final List<ModelGroup> parked = new ArrayList<>();

    ModelHandlers(Model model) {
        this.model = model;
    }

    boolean served(String kind) {
        return kindsServed.contains(kind);
    }

    /** The handler that is asked next after {@code declinedBy}. */
    ModelHandler below(String kind, ModelHandler.Rank declinedBy) {
        return there.stream()
                .filter(h -> h.kinds.contains(kind))
                .filter(h -> declinedBy == null || h.rank().compareTo(declinedBy) > 0)
                .min((a, b) -> a.rank().compareTo(b.rank()))
                .orElse(null);
    }

    void add(long service, int ranking, boolean inline, Set<String> kinds) {
        ModelHandler handler =
                there.stream().filter(h -> h.service == service).findAny().orElse(null);
        if (handler == null) {
            there.add(new ModelHandler(service, ranking, inline, kinds));
        } else {
            handler.ranking = ranking;
            handler.inline = inline;
            handler.kinds = kinds;
        }
        kindsServed.addAll(kinds);
        // In the order of the kinds that it serves now, oldest first within each.
        List<ModelGroup> woken = new ArrayList<>();
        for (String kind : kinds) {
            parked.stream()
                    .filter(g -> g.attachment.domain.kind.equals(kind) && below(kind, g.declinedBy) != null)
                    .forEach(woken::add);
        }
        parked.removeAll(woken);
        woken.stream().filter(g -> !g.answered).forEach(g -> model.enqueue(g, () -> offer(g, false)));
    }

    void remove(long service) {
        for (ModelHandler handler : List.copyOf(there)) {
            if (handler.service == service) {
                there.remove(handler);
                handler.there = false;
                handler.recallAt = model.now + model.settings.graceNanos();
                leaving.add(handler);
            }
        }
    }

    Report offer(ModelGroup group, boolean inlineOnly) {
        String kind = group.attachment.domain.kind;
        while (!group.answered) {
            ModelHandler handler = below(kind, group.declinedBy);
            if (handler == null) {
                return park(group);
            }
            if (inlineOnly && !handler.inline) {
                return model.enqueue(group, () -> offer(group, false)) ? Report.CLOSED : Report.WORK_LIMIT;
            }
            if (!asked(group, handler)) {
                break;
            }
        }
        return Report.CLOSED;
    }

    private Report park(ModelGroup group) {
        String kind = group.attachment.domain.kind;
        boolean mayWait = group.recalled || group.declinedBy == null;
        boolean full = parked.stream()
                        .filter(g -> g.attachment.domain.kind.equals(kind))
                        .count()
                >= model.settings.parkedGroups();
        if (mayWait && !full) {
            group.parkedUntil = model.now + model.settings.parkNanos();
            parked.add(group);
            group.device.count(Counter.PARKED, 1);
            return Report.PARKED;
        }
        model.answer(group, ResponseCode.INVALID, mayWait ? Counter.LIMITED : null);
        return group.declinedBy == null ? Report.NO_HANDLER : Report.CLOSED;
    }

    /** Has a handler act its script; true if the next one is to be asked. */
    private boolean asked(ModelGroup group, ModelHandler handler) {
        ModelHandler.Rank rank = handler.rank();
        Object turn = new Object();
        group.taker = handler;
        group.turn = turn;
        model.offered(group);
        model.events.add(
                new Model.Offered(handler.service, group.device.name, group.attachment.domain.name, group.requests));
        boolean declines = false;
        boolean fails = false;
        switch (Script.of(handler.service, group.serial())) {
            case KEEP -> {}
            case SUCCESS -> model.respond(group, turn, ResponseCode.SUCCESS);
            case INVALID -> model.respond(group, turn, ResponseCode.INVALID);
            case FAILURE -> model.respond(group, turn, ResponseCode.FAILURE);
            case DECLINE -> declines = true;
            case THROW, RETURN_NULL -> fails = true;
            case ANSWER_AND_DECLINE -> {
                model.respond(group, turn, ResponseCode.SUCCESS);
                declines = true;
            }
            case ANSWER_AND_THROW -> {
                model.respond(group, turn, ResponseCode.SUCCESS);
                fails = true;
            }
            case ANSWER_TWICE -> {
                model.respond(group, turn, ResponseCode.SUCCESS);
                model.respond(group, turn, ResponseCode.INVALID);
            }
            case EXECUTE_AND_ANSWER ->
                model.execute(group, turn, () -> model.respond(group, turn, ResponseCode.SUCCESS));
            case EXECUTE_AND_THROW -> model.execute(group, turn, () -> failed(group, turn));
            case EXECUTE_AND_DECLINE -> {
                model.execute(group, turn, () -> failed(group, turn));
                declines = true;
            }
            case REMOVE_THE_DEVICE -> model.remove(group.place.unit, group.device);
            case LEAVE_AND_KEEP -> remove(handler.service);
            case LEAVE_AND_THROW -> {
                remove(handler.service);
                fails = true;
            }
            case LEAVE_AND_DECLINE -> {
                remove(handler.service);
                declines = true;
            }
        }
        if (fails) {
            failed(group, turn);
        }
        if (!declines || group.answered) {
            return false;
        }
        group.takeBack();
        group.device.count(Counter.DECLINED, 1);
        group.declinedBy = rank;
        return true;
    }

    /** Rule C08: it costs FAILURE, if the group is still the thrower's. */
    private void failed(ModelGroup group, Object turn) {
        if (group.turn == turn) {
            model.answer(group, ResponseCode.FAILURE, null);
        }
    }

    /** Grace and park times that are over; returns how long until the next one is. */
    long expire() {
        List<ModelHandler> due =
                leaving.stream().filter(h -> h.recallAt <= model.now).toList();
        leaving.removeAll(due);
        for (ModelHandler handler : due) {
            for (ModelDevice device : List.copyOf(model.devices)) {
                for (ModelGroup group : List.copyOf(device.pending)) {
                    if (group.taker == handler) {
                        group.takeBack();
                        group.recalled = true;
                        device.count(Counter.RECALLED, 1);
                        model.enqueue(group, () -> offer(group, false));
                    }
                }
            }
        }
        long next =
                leaving.stream().mapToLong(h -> h.recallAt - model.now).min().orElse(Long.MAX_VALUE);
        List<ModelGroup> over =
                parked.stream().filter(g -> g.parkedUntil <= model.now).toList();
        parked.removeAll(over);
        over.forEach(g -> model.answer(g, ResponseCode.INVALID, null));
        return Math.min(
                next,
                parked.stream().mapToLong(g -> g.parkedUntil - model.now).min().orElse(Long.MAX_VALUE));
    }
}
