// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * The component description {@code OSGI-INF/CLASS.xml} that the build has made of a component's annotations (OSGi
 * Compendium 8 §112.4): the service properties as a container will register them.
 *
 * @param properties the service properties with their types
 */
public record ComponentDescription(Map<String, Object> properties) {
    /** How a value of a property is read, by the attribute {@code type} (OSGi Compendium 8 §112.4.5). */
    private static final Map<String, Function<String, Object>> TYPES = Map.of(
            "String", text -> text,
            "Long", Long::valueOf,
            "Double", Double::valueOf,
            "Float", Float::valueOf,
            "Integer", Integer::valueOf,
            "Byte", Byte::valueOf,
            "Character", text -> (char) Integer.parseInt(text),
            "Boolean", Boolean::valueOf,
            "Short", Short::valueOf);

    /** Makes the properties unmodifiable. */
    public ComponentDescription {
        properties = Map.copyOf(properties);
    }

    /**
     * Reads the description of a component from the class path of its class.
     *
     * @throws IllegalStateException if there is none, or the description can't be read
     */
    public static ComponentDescription of(Class<?> component) {
        String path = "OSGI-INF/" + component.getName() + ".xml";
        try (InputStream in = component.getClassLoader().getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException(path + " is not on the class path: is " + component.getName()
                        + " annotated with @Component, and has bnd processed the classes before the tests run?");
            }
            return new ComponentDescription(read(in));
        } catch (IOException | SAXException | ParserConfigurationException e) {
            throw new IllegalStateException(path + " can't be read: " + e.getMessage(), e);
        }
    }

    private static Map<String, Object> read(InputStream in)
            throws IOException, SAXException, ParserConfigurationException {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        Document document = factory.newDocumentBuilder().parse(in);
        Map<String, Object> properties = new HashMap<>();
        NodeList elements = document.getElementsByTagName("property");
        for (int i = 0; i < elements.getLength(); i++) {
            Element property = (Element) elements.item(i);
            properties.put(property.getAttribute("name"), value(property));
        }
        return properties;
    }

    /** One value for the attribute {@code value}, an array for lines of text. */
    private static Object value(Element property) {
        String type = property.getAttribute("type");
        Function<String, Object> parse = TYPES.getOrDefault(type.isEmpty() ? "String" : type, text -> text);
        if (property.hasAttribute("value")) {
            return parse.apply(property.getAttribute("value"));
        }
        List<String> lines = property.getTextContent()
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        if (type.isEmpty() || type.equals("String")) {
            return lines.toArray(String[]::new);
        }
        List<Object> values = new ArrayList<>();
        lines.forEach(line -> values.add(parse.apply(line)));
        return values.toArray();
    }
}
