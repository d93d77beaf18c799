// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.handler;

import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.tck.HandlerUnderTest;
import io.pgfault.tck.Rule;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A handler that keeps every rule except the rule that a test has it break. */
final class PlainHandler implements HandlerUnderTest, FaultHandler {
    /** A mutant: the rule, and how the handler breaks the rule. */
    enum Break {
        NAMES_NO_KIND(Rule.R02),
        MISSPELLS_ITS_KIND(Rule.R02),
        RANKS_BY_A_STRING(Rule.R02),
        THROWS_WITHOUT_A_PASID(Rule.C08),
        RETURNS_NULL(Rule.C08),
        DECLINES_AND_ANSWERS(Rule.C08),
        DECLINES_ITS_OWN(Rule.C08),
        THROWS_IN_ITS_WORK(Rule.C08),
        ANSWERS_TWICE(Rule.C09),
        ANSWERS_NULL(Rule.C09),
        READS_WHAT_IT_HAS_ANSWERED(Rule.C09),
        NEVER_ANSWERS(Rule.C11),
        NEVER_RETURNS(Rule.C11),
        INSISTS_ON_ITS_ANSWER(Rule.C12),
        MAPS_NOTHING(Rule.S02),
        GRANTS_EVERYTHING(Rule.S02),
        TRIES_THE_REST(Rule.S03),
        WAITS(Rule.S05),
        REFUSES_WHAT_IS_THERE(Rule.R03),
        DROPS_WHAT_IT_HOLDS(Rule.R03),
        HANGS_WHILE_IT_GOES(Rule.R07),
        DECLINES_AND_LEAVES_WORK(Rule.R08),
        INSISTS_ON_A_GROUP_TAKEN_BACK(Rule.R08);

        final Rule rule;

        Break(Rule rule) {
            this.rule = rule;
        }
    }

    private final GrantedPages pages = new GrantedPages();
    private final List<FaultGroup> held = new CopyOnWriteArrayList<>();
    private final Break broken;

    PlainHandler(Break broken) {
        this.broken = broken;
    }

    @Override
    public Disposition handle(FaultGroup group) {
        if (group.domain().pageTable() != pages) {
            if (broken == Break.DECLINES_AND_ANSWERS) {
                group.respond(ResponseCode.INVALID);
            }
            if (broken == Break.DECLINES_AND_LEAVES_WORK) {
                group.execute(() -> {});
            }
            return Disposition.DECLINED;
        }
        if (broken == null) {
            return answer(group, resolve(group));
        }
        return switch (broken) {
            case RETURNS_NULL -> null;
            case DECLINES_ITS_OWN -> Disposition.DECLINED;
            case NEVER_ANSWERS -> Disposition.TAKEN;
            case NEVER_RETURNS -> sleep();
            case INSISTS_ON_ITS_ANSWER, INSISTS_ON_A_GROUP_TAKEN_BACK -> insist(group);
            case ANSWERS_NULL -> answer(group, null);
            case THROWS_IN_ITS_WORK -> {
                group.execute(() -> {
                    throw new IllegalStateException("out of pages");
                });
                yield Disposition.TAKEN;
            }
            case WAITS -> {
                LockSupport.parkNanos(1);
                yield answer(group, resolve(group));
            }
            case DROPS_WHAT_IT_HOLDS -> {
                held.add(group);
                yield Disposition.TAKEN;
            }
            default -> answer(group, resolve(group));
        };
    }

    private Disposition sleep() {
        while (!Thread.currentThread().isInterrupted()) {
            LockSupport.park(this);
        }
        return Disposition.TAKEN;
    }

    private Disposition insist(FaultGroup group) {
        ResponseCode code = ResponseCode.INVALID;
        try {
            code = resolve(group);
        } catch (IllegalStateException answered) {
            while (!group.respond(code) && !Thread.currentThread().isInterrupted()) {
                Thread.onSpinWait();
            }
            return Disposition.TAKEN;
        }
        return answer(group, code);
    }

    private Disposition answer(FaultGroup group, ResponseCode code) {
        group.respond(code);
        if (broken == Break.ANSWERS_TWICE) {
            group.respond(code);
        }
        if (broken == Break.READS_WHAT_IT_HAS_ANSWERED) {
            group.address(0);
        }
        return Disposition.TAKEN;
    }

    private ResponseCode resolve(FaultGroup group) {
        ResponseCode code = ResponseCode.SUCCESS;
        for (int i = 0; i < group.size(); i++) {
            long address = group.address(i);
            int permissions = group.permissions(i);
            if (broken == Break.THROWS_WITHOUT_A_PASID && group.pasid() < 0) {
                throw new IllegalArgumentException("a PASID is not negative");
            }
            boolean there = Translation.grants(pages.walk(address), Permissions.READ);
            if (broken == Break.REFUSES_WHAT_IS_THERE && there) {
                return ResponseCode.INVALID;
            }
            boolean mapped = broken == Break.MAPS_NOTHING || pages.map(address, permissions);
            if (!mapped && broken != Break.GRANTS_EVERYTHING) {
                code = ResponseCode.INVALID;
                if (broken != Break.TRIES_THE_REST) {
                    return code;
                }
            }
        }
        return code;
    }

    @Override
    public FaultHandler handler() {
        return this;
    }

    @Override
    public Map<String, ?> properties() {
        Map<String, Object> properties = new HashMap<>();
        if (broken != Break.NAMES_NO_KIND) {
            properties.put(DOMAIN_KIND, broken == Break.MISSPELLS_ITS_KIND ? "plian" : "plain");
        }
        if (broken == Break.RANKS_BY_A_STRING) {
            properties.put("service.ranking", "100");
        }
        properties.put(INLINE, true);
        return properties;
    }

    @Override
    public Set<String> platformKinds() {
        return Set.of("plain", "sva");
    }

    @Override
    public PageTable pageTable() {
        return pages;
    }

    @Override
    public long granted() {
        return GrantedPages.START;
    }

    @Override
    public OptionalLong refused() {
        return OptionalLong.of(GrantedPages.REFUSED);
    }

    /** The kit waits only briefly for a mutant that misses every deadline. */
    @Override
    public Duration deadline() {
        if (broken == null) {
            return HandlerUnderTest.super.deadline();
        }
        return switch (broken) {
            case NEVER_ANSWERS, NEVER_RETURNS, DROPS_WHAT_IT_HOLDS -> Duration.ofMillis(50);
            default -> Duration.ofMillis(300);
        };
    }

    @Override
    public Duration grace() {
        return broken == null ? HandlerUnderTest.super.grace() : Duration.ofMillis(100);
    }

    @Override
    public void close() {
        held.clear();
        if (broken == Break.HANGS_WHILE_IT_GOES) {
            hang();
        }
    }

    /** Waits longer than the deadline of a mutant. */
    private static void hang() {
        try {
            new CountDownLatch(1).await(500, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
