// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.terminal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.felix.service.command.CommandProcessor;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;

/** The commands that services bring to the shell of this framework, those of other bundles too. One thread. */
final class Commands {
    private static final String FILTER =
            "(&(" + CommandProcessor.COMMAND_SCOPE + "=*)(" + CommandProcessor.COMMAND_FUNCTION + "=*))";

    private final BundleContext context;

    Commands(BundleContext context) {
        this.context = context;
    }

    /** The names of all commands, with their scope if {@code written} has one. */
    List<String> names(String written) {
        // The shell's own, which no service brings.
        TreeSet<String> names = new TreeSet<>(Set.of("exit"));
        for (ServiceReference<?> reference : references()) {
            String scope = String.valueOf(reference.getProperty(CommandProcessor.COMMAND_SCOPE));
            for (String function : words(reference.getProperty(CommandProcessor.COMMAND_FUNCTION))) {
                names.add(written.contains(":") ? scope + ":" + function : function);
            }
        }
        return new ArrayList<>(names);
    }

    private ServiceReference<?>[] references() {
        try {
            ServiceReference<?>[] found = context.getAllServiceReferences(null, FILTER);
            return found == null ? new ServiceReference<?>[0] : found;
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException("filter " + FILTER, e);
        }
    }

    private static List<String> words(Object property) {
        if (property instanceof Object[] array) {
            List<String> words = new ArrayList<>();
            for (Object word : array) {
                words.add(word.toString());
            }
            return words;
        }
        return property instanceof Collection<?> list ? words(list.toArray()) : List.of(property.toString());
    }
}
