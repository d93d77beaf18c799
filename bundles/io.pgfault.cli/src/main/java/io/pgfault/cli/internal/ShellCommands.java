// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The verbs as shell commands, {@code iopf:units} and so on. Gogo and Karaf find the commands by the service properties
 * {@code osgi.command.scope} and {@code osgi.command.function}, and their {@code help} prints the descriptors. Threads
 * of the shell call the methods.
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
            "osgi.command.function=detach",
            "osgi.command.function=groups",
            "osgi.command.function=top",
            "osgi.command.function=trace",
            "osgi.command.function=status",
            "osgi.command.function=health",
            "osgi.command.function=new",
            "osgi.command.function=newhandler",
            "osgi.command.function=newdriver"
        })
public final class ShellCommands {
    private final Iopf iopf;

    /** Called by Declarative Services. */
    @Activate
    public ShellCommands(@Reference Iopf iopf) {
        this.iopf = iopf;
    }

    /** Feeds recorded faults or memory accesses through the platform. */
    @Descriptor("Feeds recorded faults or memory accesses through the platform. See replay --help.")
    public void replay(String... arguments) {
        execute("replay", arguments);
    }

    /** Tells what logs and raw records say. */
    @Descriptor("Tells what logs and raw records say. See decode --help.")
    public void decode(String... arguments) {
        execute("decode", arguments);
    }

    /** Lists the units. */
    @Descriptor("Lists the units. See units --help.")
    public void units(String... arguments) {
        execute("units", arguments);
    }

    /** Lists the devices. */
    @Descriptor("Lists the devices. See devices --help.")
    public void devices(String... arguments) {
        execute("devices", arguments);
    }

    /** Lists the fault handlers. */
    @Descriptor("Lists the fault handlers. See handlers --help.")
    public void handlers(String... arguments) {
        execute("handlers", arguments);
    }

    /** Prints counters and latencies. */
    @Descriptor("Prints counters and latencies. See stats --help.")
    public void stats(String... arguments) {
        execute("stats", arguments);
    }

    /** Makes a device access a page, for example: inject nic0 0x7f0000001000 rw. */
    @Descriptor("Makes a device access a page, for example: inject nic0 0x7f0000001000 rw. See inject --help.")
    public void inject(String... arguments) {
        execute("inject", arguments);
    }

    /** Lists the domains that devices can be attached to. */
    @Descriptor("Lists the domains that devices can be attached to. See domains --help.")
    public void domains(String... arguments) {
        execute("domains", arguments);
    }

    /** Attaches a device to a domain, for example: attach nic0 vm0 --pasid 7. */
    @Descriptor("Attaches a device to a domain, for example: attach nic0 vm0 --pasid 7. See attach --help.")
    public void attach(String... arguments) {
        execute("attach", arguments);
    }

    /** Detaches a device from its domain, for example: detach nic0 --pasid 7. */
    @Descriptor("Detaches a device from its domain, for example: detach nic0 --pasid 7. See detach --help.")
    public void detach(String... arguments) {
        execute("detach", arguments);
    }

    /** Lists the groups that wait for their response. */
    @Descriptor("Lists the groups that wait for their response. See groups --help.")
    public void groups(String... arguments) {
        execute("groups", arguments);
    }

    /** Lists the devices by page requests per second. */
    @Descriptor("Lists the devices by page requests per second. See top --help.")
    public void top(String... arguments) {
        execute("top", arguments);
    }

    /** Says of each configuration whether it works, and what to do if not. */
    @Descriptor("Says of each configuration whether it works, and what to do if not. See status --help.")
    public void status(String... arguments) {
        execute("status", arguments);
    }

    /** Says what is wrong now. */
    @Descriptor("Says what is wrong now. See health --help.")
    public void health(String... arguments) {
        execute("health", arguments);
    }

    /** Says how to make a project: {@code iopf:new}, because {@code new} alone is a command of Gogo's own. */
    @Descriptor("Makes a project for a handler or a driver bundle, by the script iopf. See iopf:new --help.")
    public void _new(String... arguments) {
        execute("new", arguments);
    }

    /** Says how to make a project for a handler: {@code new handler} by a word that the shell's help can list. */
    @Descriptor("Makes a project for a handler bundle, by the script iopf. See newhandler --help.")
    public void newhandler(String... arguments) {
        execute("new", line("handler", arguments));
    }

    /** Says how to make a project for a driver: {@code new driver} by a word that the shell's help can list. */
    @Descriptor("Makes a project for a driver bundle, by the script iopf. See newdriver --help.")
    public void newdriver(String... arguments) {
        execute("new", line("driver", arguments));
    }

    /** Prints faults as they happen, for example: trace on. */
    @Descriptor("Prints faults as they happen, for example: trace on. See trace --help.")
    public void trace(CommandSession session, String... arguments) {
        iopf.executeInShell(session.getConsole(), line("trace", arguments));
    }

    private void execute(String verb, String... arguments) {
        iopf.executeInShell(System.out, line(verb, arguments));
    }

    private static String[] line(String verb, String... arguments) {
        String[] line = new String[arguments.length + 1];
        line[0] = verb;
        System.arraycopy(arguments, 0, line, 1, arguments.length);
        return line;
    }
}
