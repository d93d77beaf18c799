// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import java.util.concurrent.Callable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The main program of the executable jar: bnd's launcher calls the service with {@code main.thread=true} on the main
 * thread of the process, and exits with the result. No other container calls this service.
 */
@Component(service = Callable.class, property = "main.thread=true", immediate = true)
public final class MainThread implements Callable<Integer> {
    private static final String ARGUMENTS = "launcher.arguments";

    private final BundleContext context;
    private final Iopf iopf;

    /** Called by Declarative Services. */
    @Activate
    public MainThread(BundleContext context, @Reference Iopf iopf) {
        this.context = context;
        this.iopf = iopf;
    }

    /** Runs the command line of the process, and returns the exit code. */
    @Override
    public Integer call() throws Exception {
        ServiceReference<?>[] launchers = context.getAllServiceReferences(null, "(" + ARGUMENTS + "=*)");
        String[] arguments = launchers == null ? new String[0] : (String[]) launchers[0].getProperty(ARGUMENTS);
        return iopf.execute(arguments);
    }
}
