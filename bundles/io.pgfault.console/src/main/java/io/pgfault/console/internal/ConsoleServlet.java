// SPDX-License-Identifier: Apache-2.0
package io.pgfault.console.internal;

import io.pgfault.console.internal.access.Gate;
import io.pgfault.console.internal.access.Knock;
import io.pgfault.console.internal.access.Refusal;
import io.pgfault.console.internal.access.SafeHeaders;
import io.pgfault.console.internal.handlers.HandlerControls;
import io.pgfault.console.internal.handlers.NoSuchLever;
import io.pgfault.console.internal.paste.PastedLog;
import io.pgfault.console.internal.picture.Feed;
import io.pgfault.trace.grammar.LogGrammar;
import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.servlet.whiteboard.annotations.RequireHttpWhiteboard;

/**
 * The page and what it asks for. Files of the bundle are open to every local browser; all else needs the token, see
 * {@link Gate}.
 *
 * <ul>
 *   <li>{@code GET /iopf/}, {@code console.css}, {@code console.js}, {@code uPlot.js}, {@code uPlot.css}: files
 *   <li>{@code GET /iopf/api/picture}: the picture of now; {@code GET /iopf/api/pictures}: one each half second, as
 *       server-sent events
 *   <li>{@code POST /iopf/api/handlers}: {@code {"handler": KEY, "action": "stop" | "start" | "rank", "ranking": N}}
 *   <li>{@code POST /iopf/api/decode}: a log as text
 * </ul>
 */
@RequireHttpWhiteboard
@Component(
        service = Servlet.class,
        property = {
            "osgi.http.whiteboard.servlet.pattern=" + ConsoleServlet.PATTERN,
            "osgi.http.whiteboard.servlet.name=io.pgfault.console"
        })
public final class ConsoleServlet extends HttpServlet {
    /** The path of the page. */
    static final String ROOT = "/iopf";

    /** The paths that the servlet serves. */
    static final String PATTERN = ROOT + "/*";

    private static final long serialVersionUID = 1;
    private static final int MOST_READERS = 16;
    private static final int LARGEST_LOG = 4 << 20;
    private static final int LARGEST_ACTION = 4 << 10;

    private final transient Gate gate;
    private final transient Feed feed;
    private final transient HandlerControls controls;
    private final transient Semaphore readers = new Semaphore(MOST_READERS);

    /** Grammars of other bundles; Declarative Services replaces the list. */
    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    private transient volatile List<LogGrammar> grammars = List.of();

    /** Called by Declarative Services. */
    @Activate
    public ConsoleServlet(@Reference Gate gate, @Reference Feed feed, @Reference HandlerControls controls) {
        this.gate = gate;
        this.feed = feed;
        this.controls = controls;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        SafeHeaders.on(response);
        String path = request.getPathInfo() == null ? "" : request.getPathInfo();
        boolean data = path.startsWith("/api/");
        Knock knock = Knock.of(request);
        Optional<Refusal> refusal = data ? gate.forData(knock) : gate.forFile(knock);
        if (refusal.isPresent()) {
            refuse(response, refusal.get().status(), refusal.get().reason());
            return;
        }
        switch (request.getMethod() + " " + path) {
            case "GET " -> response.sendRedirect(ROOT + "/");
            case "GET /api/picture" -> json(response, feed.now());
            case "GET /api/pictures" -> stream(response);
            case "POST /api/handlers" -> change(request, response);
            case "POST /api/decode" -> decode(request, response);
            default -> {
                Optional<PageFile> file = data ? Optional.empty() : PageFile.at(path);
                if (file.isEmpty()) {
                    refuse(response, HttpServletResponse.SC_NOT_FOUND, "There is nothing here.");
                } else if (!request.getMethod().equals("GET")
                        && !request.getMethod().equals("HEAD")) {
                    refuse(response, HttpServletResponse.SC_METHOD_NOT_ALLOWED, "Files can be read only.");
                } else {
                    send(response, file.get().type(), file.get().read());
                }
            }
        }
    }

    /** Stays until the reader is gone or the bundle stops: then the thread goes back to the HTTP server. */
    private void stream(HttpServletResponse response) throws IOException {
        if (!readers.tryAcquire()) {
            refuse(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, MOST_READERS + " pages are open already.");
            return;
        }
        try {
            response.setContentType("text/event-stream");
            response.setCharacterEncoding("UTF-8");
            OutputStream out = response.getOutputStream();
            Optional<String> picture = Optional.of(feed.now());
            while (picture.isPresent()) {
                out.write(("data: " + picture.get() + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
                picture = feed.next();
            }
        } catch (IOException e) {
            // The reader is gone: a page that closes ends its stream so.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            readers.release();
        }
    }

    private void change(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Optional<String> body = body(request, response, LARGEST_ACTION);
        if (body.isEmpty()) {
            return;
        }
        try (JsonReader reader = Json.createReader(new StringReader(body.get()))) {
            JsonObject action = reader.readObject();
            String handler = action.getString("handler");
            switch (action.getString("action")) {
                case "stop" -> controls.stop(handler);
                case "start" -> controls.start(handler);
                case "rank" ->
                    controls.rank(handler, action.getJsonNumber("ranking").intValueExact());
                default -> {
                    refuse(response, HttpServletResponse.SC_BAD_REQUEST, "The action is stop, start or rank.");
                    return;
                }
            }
            json(response, "{\"done\":true}");
        } catch (NoSuchLever e) {
            refuse(response, HttpServletResponse.SC_CONFLICT, e.getMessage());
        } catch (JsonException | NullPointerException | ClassCastException | ArithmeticException e) {
            refuse(response, HttpServletResponse.SC_BAD_REQUEST, "That is no action on a handler.");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, "The server is stopping.");
        }
    }

    private void decode(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Optional<String> text = body(request, response, LARGEST_LOG);
        if (text.isPresent()) {
            json(response, new PastedLog(grammars).decode(text.get()));
        }
    }

    /** The body as text; empty if it was refused. */
    private static Optional<String> body(HttpServletRequest request, HttpServletResponse response, int largest)
            throws IOException {
        byte[] bytes;
        try (InputStream in = request.getInputStream()) {
            bytes = in.readNBytes(largest + 1);
        }
        if (bytes.length > largest) {
            refuse(
                    response,
                    HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE,
                    "More than " + (largest >> 10) + " KiB; iopf decode reads files of any size.");
            return Optional.empty();
        }
        return Optional.of(new String(bytes, StandardCharsets.UTF_8));
    }

    private static void refuse(HttpServletResponse response, int status, String reason) throws IOException {
        response.setStatus(status);
        json(response, Json.createObjectBuilder().add("error", reason).build().toString());
    }

    private static void json(HttpServletResponse response, String json) throws IOException {
        send(response, "application/json", json.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpServletResponse response, String type, byte[] bytes) throws IOException {
        response.setContentType(type);
        response.setCharacterEncoding("UTF-8");
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }
}
