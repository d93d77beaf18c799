// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.memory;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.parts.RateLimitedLog;
import io.pgfault.sva.internal.cache.MemoryObjects;
import io.pgfault.sva.internal.cache.PageCache;
import io.pgfault.sva.internal.cache.Reclaim;
import io.pgfault.sva.internal.frame.FrameBudget;
import io.pgfault.sva.internal.frame.FrameFile;
import io.pgfault.sva.internal.frame.PageFrames;
import java.nio.ByteBuffer;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The memory of all address spaces: frames, page cache and reclaim, and the bytes as devices see them. Any thread.
 *
 * <p>The component is immediate, as every component with state here is: the state must outlive the moment in which no
 * other component uses the service.
 */
@Component(
        service = {SystemMemory.class, PhysicalMemory.class},
        configurationPid = "io.pgfault.sva.frames",
        immediate = true)
@Designate(ocd = SystemMemory.Config.class)
public final class SystemMemory implements PhysicalMemory {
    private static final System.Logger LOG = System.getLogger(SystemMemory.class.getName());

    private final RateLimitedLog log = new RateLimitedLog(LOG);
    private final PageFrames pageFrames;
    /** The file whose bytes are the frames; null if there is none. */
    private final FrameFile file;

    private final Reclaim reclaim;
    private final MemoryObjects objects;

    /** The configuration of the memory. */
    @ObjectClassDefinition(name = "Page frames", description = "The memory of all address spaces.")
    public @interface Config {
        /** {@code frames}: the most memory that all pages may take. */
        @AttributeDefinition(
                name = "Frames",
                description =
                        "How much memory the pages of all address spaces may take: a number of 4 KiB pages, or bytes"
                                + " with KiB, MiB or GiB, for example 256MiB. The memory lies outside the Java heap and"
                                + " is taken when it is needed.")
        String frames() default FrameBudget.DEFAULT;

        /** {@code file}: a file whose bytes are the frames. */
        @AttributeDefinition(
                name = "File",
                description = "Path of a file whose bytes are the frames: the memory of a guest, which the host maps"
                        + " too. The address of a frame is its offset in the file. The file is made, or grows, to the"
                        + " size of 'frames', of which two pages are no frames. Empty: the frames lie in no file.",
                required = false)
        String file() default "";

        /** {@code file.offset}: where the frames start in the file. */
        @AttributeDefinition(
                name = "Offset in the file",
                description = "Where the frames start in the file: bytes, a multiple of 4096. Not 0 for a guest of a"
                        + " guest, whose memory is a part of the guest's.")
        long file_offset() default 0;
    }

    /**
     * Memory of the configured size.
     *
     * @throws IllegalArgumentException if the size is no size of memory, or the file can't be used; the message says
     *     what to write
     */
    @Activate
    public SystemMemory(Config config) {
        this(FrameBudget.parse(config.frames()), config.file(), config.file_offset());
    }

    /** Memory of the default size. */
    public SystemMemory() {
        this(FrameBudget.parse(FrameBudget.DEFAULT));
    }

    /** @param frames how many frames there are, 1 to {@link FrameBudget#MAX} */
    public SystemMemory(int frames) {
        this(new PageFrames(frames), null);
    }

    /** @param file path of the file whose bytes are the frames; null or blank for none */
    SystemMemory(int frames, String file) {
        this(frames, file, 0);
    }

    /** @param start where the frames start in the file: bytes, whole pages */
    public SystemMemory(int frames, String file, long start) {
        this(file == null || file.isBlank() ? null : FrameFile.open(file.strip(), start, frames), frames);
    }

    private SystemMemory(FrameFile file, int frames) {
        this(file == null ? new PageFrames(frames) : new PageFrames(file), file);
    }

    private SystemMemory(PageFrames pageFrames, FrameFile file) {
        this.pageFrames = pageFrames;
        this.file = file;
        this.reclaim = new Reclaim(pageFrames);
        this.objects = new MemoryObjects(new PageCache(pageFrames));
    }

    @Deactivate
    void deactivate() {
        if (file != null) {
            file.close();
        }
    }

    /** The frame allocator. */
    public PageFrames pageFrames() {
        return pageFrames;
    }

    /** The log of faults that find no frame. Its rate is limited, because a device can provoke any number of them. */
    public RateLimitedLog log() {
        return log;
    }

    /** Frees frames when few are left. */
    public Reclaim reclaim() {
        return reclaim;
    }

    /** Makes files and shared memory that areas can map. */
    public MemoryObjects objects() {
        return objects;
    }

    @Override
    public boolean read(long address, ByteBuffer to) {
        return pageFrames.memory().read(address, to);
    }

    @Override
    public boolean write(long address, ByteBuffer from) {
        return pageFrames.memory().write(address, from);
    }

    @Override
    public boolean copy(long from, long to, int length) {
        return pageFrames.memory().copy(from, to, length);
    }

    @Override
    public long load(long address) {
        return pageFrames.memory().load(address);
    }

    @Override
    public boolean compareAndSet(long address, long expected, long value) {
        return pageFrames.memory().compareAndSet(address, expected, value);
    }

    @Override
    public boolean contains(long address) {
        return pageFrames.memory().contains(address);
    }

    @Override
    public long frames() {
        return pageFrames.budget();
    }

    @Override
    public long framesInUse() {
        return pageFrames.inUse();
    }
}
