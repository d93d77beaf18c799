// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;

/**
 * A file of the page, from the bundle.
 *
 * @param resource its path in the bundle
 * @param type its media type
 */
record PageFile(String resource, String type) {
    private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30/dist/";
    private static final String SCRIPT = "text/javascript";
    private static final String STYLE = "text/css";

    /** The only paths that lead to a file. */
    private static final Map<String, PageFile> FILES = Map.of(
            "/", new PageFile("/web/index.html", "text/html"),
            "/console.css", new PageFile("/web/console.css", STYLE),
            "/console.js", new PageFile("/web/console.js", SCRIPT),
            "/icon.svg", new PageFile("/web/icon.svg", "image/svg+xml"),
            "/uPlot.js", new PageFile(UPLOT + "uPlot.iife.min.js", SCRIPT),
            "/uPlot.css", new PageFile(UPLOT + "uPlot.min.css", STYLE));

    /** The file at a path below the page; empty if none is there. */
    static Optional<PageFile> at(String path) {
        return Optional.ofNullable(FILES.get(path));
    }

    /** Its bytes. */
    byte[] read() throws IOException {
        try (InputStream in = PageFile.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException(resource + " is not in the bundle");
            }
            return in.readAllBytes();
        }
    }
}
