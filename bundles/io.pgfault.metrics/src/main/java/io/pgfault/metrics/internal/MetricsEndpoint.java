// SPDX-License-Identifier: Apache-2.0
package io.pgfault.metrics.internal;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pgfault.api.driver.IoPageFaults;
import io.pgfault.api.watch.FaultWatch;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The metrics over HTTP, at {@code /metrics}: as OpenMetrics if the reader accepts that, else in the text format of
 * Prometheus. The endpoint exists while it has a configuration. One thread of its own answers. The service is the
 * address, for {@code serve --metrics} to print.
 */
@Component(
        service = Callable.class,
        property = "io.pgfault.metrics.address:Boolean=true",
        immediate = true,
        configurationPid = "io.pgfault.metrics",
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = MetricsEndpoint.Config.class)
public final class MetricsEndpoint implements Callable<String> {
    private static final System.Logger LOG = System.getLogger(MetricsEndpoint.class.getName());
    private static final int OK = 200;
    private static final int NOT_ALLOWED = 405;

    private final FaultMetrics metrics;
    private final HttpServer server;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
        Thread answering = new Thread(work, "io-pgfault-metrics");
        answering.setDaemon(true);
        return answering;
    });

    /** The configuration of the endpoint. */
    @ObjectClassDefinition(
            name = "I/O page fault metrics",
            description = "An HTTP endpoint, /metrics, for Prometheus and OpenMetrics.")
    public @interface Config {
        @AttributeDefinition(
                name = "Host",
                description = "The address to listen on. The default is the loopback address: nobody else can connect.")
        String host() default "127.0.0.1";

        @AttributeDefinition(
                name = "Port",
                description = "The TCP port to listen on; 0 for a free one, which the log names.",
                min = "0",
                max = "65535")
        int port() default 9464;
    }

    /**
     * Begins to listen.
     *
     * @throws IOException if the address can't be listened on
     */
    @Activate
    public MetricsEndpoint(Config config, @Reference IoPageFaults faults, @Reference FaultWatch watch)
            throws IOException {
        metrics = new FaultMetrics(faults, watch);
        InetSocketAddress address = new InetSocketAddress(InetAddress.getByName(config.host()), config.port());
        try {
            server = HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new IOException(
                    "io.pgfault.metrics: can't listen on host = %s, port = %d: %s; configure a free port"
                            .formatted(config.host(), config.port(), e.getMessage()),
                    e);
        }
        server.createContext("/metrics", this::answer);
        server.setExecutor(thread);
        server.start();
        LOG.log(System.Logger.Level.INFO, "metrics at {0}", url());
    }

    /** Where the metrics are. */
    String url() {
        InetSocketAddress address = server.getAddress();
        String host = address.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort() + "/metrics";
    }

    /** Returns {@link #url}. */
    @Override
    public String call() {
        return url();
    }

    @Deactivate
    void deactivate() {
        server.stop(0);
        thread.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!exchange.getRequestMethod().equals("GET")) {
                exchange.sendResponseHeaders(NOT_ALLOWED, -1);
                return;
            }
            String accepted = exchange.getRequestHeaders().getFirst("Accept");
            ExpositionFormatWriter open = OpenMetricsTextFormatWriter.create();
            ExpositionFormatWriter writer = open.accepts(accepted) ? open : PrometheusTextFormatWriter.create();
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            writer.write(text, metrics.read(), EscapingScheme.UNDERSCORE_ESCAPING);
            exchange.getResponseHeaders().set("Content-Type", writer.getContentType());
            exchange.sendResponseHeaders(OK, text.size());
            try (OutputStream body = exchange.getResponseBody()) {
                text.writeTo(body);
            }
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "the metrics could not be read: " + e.getMessage(), e);
            throw e;
        }
    }
}
