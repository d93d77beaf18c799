// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class UnitLoggerTest {
    @Test
    void theLevelOfOneUnit_isSetAlone() {
        Logger dmar0 = Logger.getLogger("io.pgfault.unit.dmar0");
        dmar0.setLevel(Level.FINE);
        try {
            assertThat(UnitLogger.of("dmar0").isLoggable(System.Logger.Level.DEBUG))
                    .isTrue();
            assertThat(UnitLogger.of("dmar1").isLoggable(System.Logger.Level.DEBUG))
                    .isFalse();
        } finally {
            dmar0.setLevel(null);
        }
    }
}
