// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.Constants;

/** A bundle of one class, its activator, as a jar; its symbolic name is the class's name. */
final class TestBundle {
    private final byte[] jar;

    private TestBundle(byte[] jar) {
        this.jar = jar;
    }

    /** @param imports the value of Import-Package */
    static TestBundle of(Class<? extends BundleActivator> activator, String imports) throws IOException {
        Manifest manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
        headers.putValue(Constants.BUNDLE_SYMBOLICNAME, activator.getName());
        headers.putValue(Constants.BUNDLE_ACTIVATOR, activator.getName());
        headers.putValue(Constants.IMPORT_PACKAGE, imports);
        String entry = activator.getName().replace('.', '/') + ".class";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest);
                InputStream code = activator.getClassLoader().getResourceAsStream(entry)) {
            jar.putNextEntry(new ZipEntry(entry));
            code.transferTo(jar);
        }
        return new TestBundle(bytes.toByteArray());
    }

    /** The jar, from its beginning. */
    InputStream stream() {
        return new ByteArrayInputStream(jar);
    }
}
