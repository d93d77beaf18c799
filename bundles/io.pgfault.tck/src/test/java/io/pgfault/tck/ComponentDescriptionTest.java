// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.tck.handler.HandlerKit;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The kit sees the service properties that a build writes into the component description of a handler. */
class ComponentDescriptionTest implements FaultHandler, HandlerUnderTest {
    @Test
    void readsTypesAndSeveralValues() {
        Map<String, Object> properties =
                ComponentDescription.of(ComponentDescriptionTest.class).properties();
        assertThat(properties)
                .containsEntry("service.ranking", 100)
                .containsEntry(FaultHandler.INLINE, true)
                .containsEntry(FaultHandler.DOMAIN_KIND, "svaa");
        assertThat((String[]) properties.get("several")).containsExactly("one", "two");
        assertThat((Object[]) properties.get("numbers")).containsExactly(1L, 2L);
    }

    @Test
    void aClassWithoutADescription_isRefusedWithTheRemedy() {
        assertThatThrownBy(() -> ComponentDescription.of(Check.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("OSGI-INF/io.pgfault.tck.Check.xml is not on the class path")
                .hasMessageContaining("@Component");
    }

    @Test
    void r02_aMisspeltKindOfTheBuild_isNamed() {
        Check properties = new HandlerKit(() -> this).checks().get(0);
        assertThatThrownBy(properties::run)
                .isInstanceOf(RuleBroken.class)
                .hasMessageContaining("no handler kind svaa is served in this platform");
    }

    @Override
    public Disposition handle(FaultGroup group) {
        group.respond(ResponseCode.INVALID);
        return Disposition.TAKEN;
    }

    @Override
    public FaultHandler handler() {
        return this;
    }

    @Override
    public PageTable pageTable() {
        return PageTable.EMPTY;
    }

    @Override
    public long granted() {
        return 0;
    }

    @Override
    public void close() {}
}
