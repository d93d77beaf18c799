// SPDX-License-Identifier: Apache-2.0
package io.pgfault.userfault.internal;

import io.pgfault.api.PageTable;
import io.pgfault.api.Permissions;
import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.userfault.internal.memory.MemoryFile;
import io.pgfault.userfault.internal.nest.ClientGroups;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The address space of a domain whose faults user space resolves. A page is present after the client has answered
 * SUCCESS for the page, with the permissions of the request, and translates to its own address. The bytes of the pages
 * are in the memory file that the client shares, if the configuration names a file.
 */
final class UserSpace implements PageTable, PhysicalMemory, ClientGroups {
    private static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXEC;

    /** The result of {@link #grant}. */
    enum Grant {
        /** The pages are present. */
        GRANTED,
        /** A deadline or a detach has answered the group. */
        ANSWERED,
        /** Too many pages would be present. */
        NO_SPACE
    }

    private static final System.Logger LOG = System.getLogger(UserSpace.class.getName());

    private final String name;
    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final WaitingGroups waiting;
    private final GrantedPages pages;
    private final Optional<MemoryFile> memory;

    UserSpace(String name, WaitingGroups waiting, int pages, Optional<MemoryFile> memory) {
        this.name = name;
        this.waiting = waiting;
        this.pages = new GrantedPages(pages);
        this.memory = memory;
    }

    @Override
    public boolean offer(FaultGroup group) {
        boolean offered = waiting.offer(group, System.nanoTime());
        if (!offered) {
            log.warning(() -> "the fault queue of domain " + name
                    + " has no room, declined; is its client answering? The bounds are its properties waiting and"
                    + " in.flight: " + group);
        }
        return offered;
    }

    /** Makes the pages of a group present. Only the queue's thread. */
    Grant grant(FaultGroup group) {
        try {
            int size = group.size();
            for (int i = 0; i < size; i++) {
                if (!pages.grant(group.address(i), group.permissions(i) & ACCESS)) {
                    return Grant.NO_SPACE;
                }
            }
            return Grant.GRANTED;
        } catch (IllegalStateException e) {
            // A deadline or a detach has answered the group. The pages before stay present: the client granted them.
            return Grant.ANSWERED;
        }
    }

    @Override
    public long walk(long address) {
        return pages.find(address);
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        return memory.isPresent() && memory.get().read(address, to);
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        return memory.isPresent() && memory.get().write(address, from);
    }

    @Override
    public long frames() {
        return memory.map(MemoryFile::frames).orElse(0L);
    }

    @Override
    public long framesInUse() {
        return memory.map(MemoryFile::framesInUse).orElse(0L);
    }
}
