// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.containers;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.session.ClientSession;

/**
 * Karaf as it is unpacked, with a folder of its own for what it writes (KARAF_BASE), with ports that are free, without
 * a network: Karaf installs from the repository that the build made. The console reads the standard input of the
 * process, so that Karaf ends with the test. Sessions come by SSH.
 */
final class Karaf implements AutoCloseable {
    private static final Path HOME = Path.of("target/apache-karaf-" + System.getProperty("karaf.version"))
            .toAbsolutePath();
    private static final Path REPOSITORY = Path.of("target/repository").toAbsolutePath();
    private static final int LAST_JAVA = 23;
    private static final Duration START = Duration.ofSeconds(90);
    private static final Duration LOGIN = Duration.ofSeconds(30);
    private static final String USER = "karaf";

    private final Path base;
    private final int port = freePort();
    private final ContainerProcess process;
    private final SshClient client = SshClient.setUpDefaultClient();

    /**
     * The home of a Java that Karaf 4.4 runs on: the running Java, or a Java that the environment names, as hosts of
     * continuous integration name the Javas they have. Karaf asks for the security manager, which Java 24 took away.
     */
    static Optional<Path> java() {
        if (Runtime.version().feature() <= LAST_JAVA) {
            return Optional.of(Path.of(System.getProperty("java.home")));
        }
        return Stream.of("JAVA_HOME_21_X64", "JAVA_HOME_17_X64")
                .map(System.getenv()::get)
                .filter(Objects::nonNull)
                .map(Path::of)
                .findFirst();
    }

    Karaf(Path folder, Path java) throws IOException {
        base = folder.resolve("base");
        Files.createDirectories(base.resolve("deploy"));
        try (Stream<Path> files = Files.walk(HOME.resolve("etc"))) {
            for (Path file : files.sorted().toList()) {
                Files.copy(file, base.resolve(HOME.relativize(file).toString()));
            }
        }
        append(
                "users.properties",
                USER + " = " + USER
                        + ",_g_:admingroup\n_g_\\:admingroup = group,admin,manager,viewer,systembundles,ssh\n");
        append("org.apache.karaf.shell.cfg", "sshHost = 127.0.0.1\nsshPort = " + port + "\n");
        append(
                "org.apache.karaf.management.cfg",
                "rmiRegistryPort = " + freePort() + "\nrmiServerPort = " + freePort() + "\n");
        Files.writeString(
                base.resolve("etc/org.ops4j.pax.web.cfg"), "org.osgi.service.http.port = " + freePort() + "\n");
        Files.writeString(
                base.resolve("etc/org.ops4j.pax.url.mvn.cfg"), """
                org.ops4j.pax.url.mvn.defaultRepositories = \
                file:%s/system@id=karaf@snapshots, file:%s@id=built@snapshots
                org.ops4j.pax.url.mvn.repositories =
                org.ops4j.pax.url.mvn.localRepository = %s
                """.formatted(HOME, REPOSITORY, base.resolve("m2")));
        process = new ContainerProcess(
                folder,
                Map.of(
                        "KARAF_BASE",
                        base.toString(),
                        "JAVA_HOME",
                        java.toString(),
                        "JAVA_OPTS",
                        "-Xmx512m -XX:TieredStopAtLevel=1"),
                List.of(HOME.resolve("bin/karaf").toString()));
        try {
            // The console's output is read, so that no thread of Karaf waits for a reader.
            process.console("shell:echo");
            client.setServerKeyVerifier((session, address, key) -> true);
            client.start();
            await().atMost(START)
                    .ignoreExceptionsMatching(e -> process.isAlive())
                    .until(() -> login().isAuthenticated());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private ClientSession login() throws IOException {
        ClientSession session =
                client.connect(USER, "127.0.0.1", port).verify(LOGIN).getSession();
        session.addPasswordIdentity(USER);
        session.auth().verify(LOGIN);
        return session;
    }

    /** A session with the shell, over a connection of its own, on a terminal that knows no cursor. */
    Session session() throws IOException {
        ChannelShell channel = login().createShellChannel();
        channel.setPtyType("dumb");
        channel.setPtyColumns(500);
        channel.setRedirectErrorStream(true);
        channel.open().verify(LOGIN);
        return new Session(channel.getInvertedOut(), channel.getInvertedIn(), "shell:echo");
    }

    /** The folder that holds {@code etc} and {@code deploy}. */
    Path base() {
        return base;
    }

    /** Where the socket of the domain is; its path is short. */
    Path socket() {
        return base.resolve("vm0.sock");
    }

    Path logFile() {
        return base.resolve("data/log/karaf.log");
    }

    String log() throws IOException {
        return Files.readString(logFile());
    }

    private void append(String file, String lines) throws IOException {
        Path path = base.resolve("etc").resolve(file);
        Files.writeString(path, Files.readString(path) + "\n" + lines);
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        client.stop();
        process.close();
    }
}
