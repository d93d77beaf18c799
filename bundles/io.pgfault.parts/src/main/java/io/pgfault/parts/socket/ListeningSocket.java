// SPDX-License-Identifier: Apache-2.0
package io.pgfault.parts.socket;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/**
 * A Unix domain socket that listens, and the file that is its name. A socket file that a killed process left behind is
 * replaced. A socket file on which a process listens, and a file that is no socket, stay. The file has the configured
 * mode before the first client is accepted; then the kernel's credentials of each peer are checked
 * ({@code SO_PEERCRED}).
 */
public final class ListeningSocket implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ListeningSocket.class.getName());

    private final Path path;
    private final Set<String> peers;
    private final ServerSocketChannel channel;
    private final Object fileKey;
    /** Deletes the socket file if the process ends without stopping its container. */
    private final Thread atExit = new Thread(this::removeFile, "io-pgfault-socket-exit");

    /**
     * Binds.
     *
     * @param users the names of the users that may connect; empty: the user that owns this process
     * @throws IOException if the socket can't be bound; the message names the path and what to do
     */
    public ListeningSocket(Path path, Set<PosixFilePermission> mode, Set<String> users) throws IOException {
        this.path = path;
        this.channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        boolean bound = false;
        try {
            bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, mode);
            this.fileKey = attributes().fileKey();
            this.peers = users.isEmpty() ? Set.of(Files.getOwner(path).getName()) : users;
            channel.configureBlocking(false);
            Runtime.getRuntime().addShutdownHook(atExit);
            bound = true;
        } finally {
            if (!bound) {
                channel.close();
            }
        }
    }

    private void bind(UnixDomainSocketAddress address) throws IOException {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            if (!attributes().isOther()) {
                throw new IOException("socket " + path + ": the file there is no socket; name another path");
            }
            if (isListening(address)) {
                throw new IOException("socket " + path + ": a process listens there already; name another path");
            }
            Files.delete(path);
        }
        try {
            channel.bind(address);
        } catch (SocketException e) {
            throw new IOException(
                    "socket " + path + " can't be made (" + e.getMessage()
                            + "); name a path in a folder that exists and may be written, of up to 107 bytes",
                    e);
        }
    }

    private static boolean isListening(UnixDomainSocketAddress address) throws IOException {
        try (SocketChannel probe = SocketChannel.open(address)) {
            return probe.isConnected();
        } catch (ConnectException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "no process listens on " + address + " any more, the file is replaced",
                    e);
            return false;
        }
    }

    private BasicFileAttributes attributes() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** The channel that accepts, not blocking unless the caller changes that. */
    public ServerSocketChannel channel() {
        return channel;
    }

    /** Whether the configuration permits the user of the process at the other end. */
    public boolean permits(SocketChannel client) throws IOException {
        UnixDomainPrincipal peer = client.getOption(ExtendedSocketOptions.SO_PEERCRED);
        return peers.contains(peer.user().getName());
    }

    /** Stops listening and deletes the socket file, unless another process has replaced the file. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "socket " + path + " could not be closed properly", e);
        }
        removeFile();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            LOG.log(System.Logger.Level.DEBUG, "the process is ending already", e);
        }
    }

    private synchronized void removeFile() {
        try {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                    && fileKey.equals(attributes().fileKey())) {
                Files.delete(path);
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "socket " + path + " is left behind; delete it", e);
        }
    }
}
