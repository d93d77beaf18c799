// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules;

import java.util.ResourceBundle;

/**
 * Gives every class of this module's tests a logger that drops each message. The classes under test log what scenarios
 * provoke on purpose, and a logger of the JDK would add its own locks to each schedule.
 */
public final class SilentLogs extends System.LoggerFinder {
    private static final System.Logger SILENT = new Silent();

    @Override
    public System.Logger getLogger(String name, Module module) {
        return SILENT;
    }

    private static final class Silent implements System.Logger {
        @Override
        public String getName() {
            return "silent";
        }

        @Override
        public boolean isLoggable(Level level) {
            return false;
        }

        @Override
        public void log(Level level, ResourceBundle bundle, String message, Throwable thrown) {}

        @Override
        public void log(Level level, ResourceBundle bundle, String format, Object... parameters) {}
    }
}
