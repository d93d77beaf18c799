// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The verbs as shell commands, {@code iopf:units} and so on, for any shell that finds commands by the service properties
 * {@code osgi.command.scope} and {@code osgi.command.function} (Gogo, Karaf).
 */
@Component(
        service = ShellCommands.class,
        property = {
            "osgi.command.scope=iopf",
            "osgi.command.function=replay",
            "osgi.command.function=decode",
            "osgi.command.function=units",
            "osgi.command.function=devices",
            "osgi.command.function=handlers",
            "osgi.command.function=stats",
            "osgi.command.function=inject",
            "osgi.command.function=domains",
            "osgi.command.function=attach",
            "osgi.command.function=detach"
        })
public final class ShellCommands {
    private final Iopf iopf;

    /** Made by Declarative Services. */
    @Activate
    public ShellCommands(@Reference Iopf iopf) {
        this.iopf = iopf;
    }

    /** Feeds recorded faults or memory accesses through the platform. */
    public void replay(String... arguments) {
        execute("replay", arguments);
    }

    /** Tells what logs and raw records say. */
    public void decode(String... arguments) {
        execute("decode", arguments);
    }

    /** Lists the units. */
    public void units(String... arguments) {
        execute("units", arguments);
    }

    /** Lists the devices. */
    public void devices(String... arguments) {
        execute("devices", arguments);
    }

    /** Lists the fault handlers. */
    public void handlers(String... arguments) {
        execute("handlers", arguments);
    }

    /** Prints counters and latencies. */
    public void stats(String... arguments) {
        execute("stats", arguments);
    }

    /** Makes a device access memory. */
    public void inject(String... arguments) {
        execute("inject", arguments);
    }

    /** Lists the domains that devices can be attached to. */
    public void domains(String... arguments) {
        execute("domains", arguments);
    }

    /** Attaches a device to a domain. */
    public void attach(String... arguments) {
        execute("attach", arguments);
    }

    /** Detaches a device from its domain. */
    public void detach(String... arguments) {
        execute("detach", arguments);
    }

    private void execute(String verb, String... arguments) {
        String[] line = new String[arguments.length + 1];
        line[0] = verb;
        System.arraycopy(arguments, 0, line, 1, arguments.length);
        iopf.execute(line);
    }
}
