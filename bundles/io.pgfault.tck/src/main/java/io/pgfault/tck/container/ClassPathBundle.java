// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.container;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Constants;

/**
 * A bundle on the class path of the tests.
 *
 * @param file the jar
 * @param name the symbolic name
 * @param exports the header Export-Package, empty if there is none
 */
record ClassPathBundle(Path file, String name, String exports) {
    /** One package of Export-Package with its attributes: commas within quotes don't end it. */
    private static final Pattern CLAUSE = Pattern.compile("(?:[^,\"]|\"[^\"]*\")+");

    private static final Pattern VERSION = Pattern.compile(";\\s*version=\"?([\\w.]+)\"?");

    /** The bundles on the class path of this JVM, in its order. */
    static List<ClassPathBundle> all() throws IOException {
        List<ClassPathBundle> bundles = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (entry.endsWith(".jar")) {
                of(Path.of(entry)).ifPresent(bundles::add);
            }
        }
        return bundles;
    }

    private static Optional<ClassPathBundle> of(Path file) throws IOException {
        try (JarFile jar = new JarFile(file.toFile())) {
            Manifest manifest = jar.getManifest();
            Attributes headers = manifest == null ? new Attributes() : manifest.getMainAttributes();
            String name = headers.getValue(Constants.BUNDLE_SYMBOLICNAME);
            String exports = headers.getValue(Constants.EXPORT_PACKAGE);
            return name == null
                    ? Optional.empty()
                    : Optional.of(new ClassPathBundle(
                            file, name.replaceFirst(";.*", "").strip(), exports == null ? "" : exports));
        }
    }

    /** The exported packages whose names begin so, each with its version, as a framework exports packages itself. */
    List<String> exported(String prefix) {
        List<String> found = new ArrayList<>();
        Matcher clause = CLAUSE.matcher(exports);
        while (clause.find()) {
            String text = clause.group().strip();
            Matcher version = VERSION.matcher(text);
            if (text.startsWith(prefix)) {
                String exported = text.replaceFirst(";.*", "");
                found.add(version.find() ? exported + ";version=" + version.group(1) : exported);
            }
        }
        return found;
    }
}
