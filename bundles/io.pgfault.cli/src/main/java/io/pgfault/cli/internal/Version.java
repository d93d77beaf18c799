// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import picocli.CommandLine.IVersionProvider;

/** The answer to {@code --version}: the versions of this bundle, of the container and of Java. */
public final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        Bundle bundle = FrameworkUtil.getBundle(Version.class);
        Bundle framework = bundle.getBundleContext().getBundle(0);
        return new String[] {
            "iopf " + bundle.getVersion(),
            framework.getSymbolicName() + " " + framework.getVersion() + ", Java " + Runtime.version()
        };
    }
}
