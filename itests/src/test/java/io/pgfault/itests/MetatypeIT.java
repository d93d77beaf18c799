// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** A person can fill in the form that Web Console or Karaf makes of a bundle's Metatype. */
class MetatypeIT {
    private static final Set<String> NUMBERS = Set.of("Integer", "Long", "Short", "Byte", "Double", "Float");

    @Test
    void everyPropertyHasANameAndADescription_numbersHaveARangeAndADefault() throws Exception {
        Set<String> described = new HashSet<>();
        Set<String> configured = new HashSet<>();
        List<String> missing = new ArrayList<>();
        for (Path bundle : Built.bundles()) {
            if (!bundle.getFileName().toString().startsWith("io.pgfault.")) {
                continue;
            }
            try (JarFile jar = new JarFile(bundle.toFile())) {
                for (JarEntry entry : jar.stream().toList()) {
                    String name = entry.getName();
                    if (name.startsWith("OSGI-INF/metatype/") && name.endsWith(".xml")) {
                        described.addAll(check(parse(jar, entry), missing));
                    } else if (name.startsWith("OSGI-INF/") && name.endsWith(".xml")) {
                        configured.addAll(pids(parse(jar, entry)));
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(described)
                .as("PIDs with a form")
                .contains(
                        "io.pgfault.core", "io.pgfault.vtd.unit", "io.pgfault.smmuv3.unit", "io.pgfault.endpoint.pcie")
                .containsAll(configured);
    }

    private static List<String> check(Document metatype, List<String> missing) {
        List<String> pids = new ArrayList<>();
        for (Element designate : elements(metatype, "Designate")) {
            pids.add(designate.getAttribute(designate.getAttribute("factoryPid").isEmpty() ? "pid" : "factoryPid"));
        }
        for (Element form : elements(metatype, "OCD")) {
            if (form.getAttribute("name").isBlank()
                    || form.getAttribute("description").isBlank()) {
                missing.add(pids + ": name or description of the form");
            }
        }
        for (Element property : elements(metatype, "AD")) {
            String id = pids + " " + property.getAttribute("id") + ": ";
            String name = property.getAttribute("name");
            String description = property.getAttribute("description");
            // bnd makes a name of the id if there is none: "Queue size order" of queue.size.order.
            if (name.isBlank() || description.isBlank() || !description.endsWith(".")) {
                missing.add(id + "a name and a sentence");
            }
            if (NUMBERS.contains(property.getAttribute("type"))) {
                if (property.getAttribute("default").isBlank()) {
                    missing.add(id + "a default");
                }
                boolean range = !property.getAttribute("min").isBlank() || description.matches(".*\\d.*");
                if (!range) {
                    missing.add(id + "a range");
                }
            }
        }
        return pids;
    }

    /** The PIDs of a bundle's components that have properties of ours to set. */
    private static List<String> pids(Document component) {
        Element root = component.getDocumentElement();
        String policy = root.getAttribute("configuration-policy");
        String pid = root.getAttribute("configuration-pid");
        return policy.equals("require") && pid.startsWith("io.pgfault.") ? List.of(pid.split(" ")) : List.of();
    }

    private static Document parse(JarFile jar, JarEntry entry) throws Exception {
        try (InputStream in = jar.getInputStream(entry)) {
            return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in);
        }
    }

    private static List<Element> elements(Document document, String name) {
        NodeList nodes = document.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }
}
