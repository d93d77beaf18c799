// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal;

import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: this bundle's version, the container's and Java's. */
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
