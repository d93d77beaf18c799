// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.copy;

import io.pgfault.api.PhysicalMemory;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.dma.DmaEngine;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.console.JsonOutput;
import io.pgfault.cli.internal.console.Progress;
import io.pgfault.cli.internal.platform.Backend;
import io.pgfault.cli.internal.platform.BuiltInPlatform;
import io.pgfault.cli.internal.platform.Counts;
import io.pgfault.cli.internal.platform.GuestPlatform;
import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.parts.MemorySize;
import io.pgfault.trace.AccessFiles;
import io.pgfault.trace.AccessSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code iopf copy}: a DMA engine copies a file into another file; no page is present before the engine faults. */
@Command(
        name = "copy",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Copies a file with a DMA engine, through page faults.",
            "Maps both files into an address space and lets the engine copy one to the other; every page is faulted in."
        },
        footer = {
            "",
            "Examples:",
            "  iopf copy --frames 16MiB --group-size 32 big.iso copy.iso",
            "  iopf copy --trace itests/samples/cat.lackey.gz big.iso copy.iso",
            "",
            "Exit codes: 0 copied and equal, 1 not, 2 bad usage or unreadable input."
        })
public final class CopyCommand implements Callable<Integer> {

    /**
     * Each channel needs pages of both files, and spare ones; with fewer a channel evicts pages that another channel
     * needs.
     */
    private static final int FRAMES_PER_PAGE_ASKED = 4;

    private final Platform platform;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "SRC", description = "The file to copy.")
    private Path source;

    @Parameters(index = "1", paramLabel = "DST", description = "The file to copy to; made, or overwritten.")
    private Path destination;

    @Option(
            names = "--frames",
            paramLabel = "SIZE",
            defaultValue = "256MiB",
            description = "Memory for page frames: a number of 4 KiB pages, or KiB, MiB, GiB; the files may be larger"
                    + " (default: ${DEFAULT-VALUE}).")
    private String frames;

    @Option(
            names = "--group-size",
            paramLabel = "N",
            defaultValue = "16",
            description = "How many pages the engine asks for in one group, 1 to 512 (default: ${DEFAULT-VALUE}).")
    private int groupSize;

    @Option(
            names = "--channels",
            paramLabel = "N",
            defaultValue = "8",
            description = "How many pieces the engine works on at the same time, 1 to 256 (default: ${DEFAULT-VALUE}).")
    private int channels;

    @Option(
            names = "--backend",
            paramLabel = "KIND",
            defaultValue = "vtd",
            description = "The kind of unit: vtd or smmuv3 (default: ${DEFAULT-VALUE}).")
    private String backendName;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description =
                    "Memory accesses or recorded faults, in any form that replay reads: the engine first copies the"
                            + " pages that they touch, in that order, each page number modulo the pages of SRC; then the rest"
                            + " (default: from the start to the end).")
    private Path trace;

    @Option(
            names = "--guest",
            paramLabel = "KIND",
            description = "Copy inside a guest: a second process is the host, whose engine faults in the guest's memory"
                    + " through the guest's page tables; the kind of both units: vtd or smmuv3.")
    private String guest;

    @Option(
            names = "--json",
            paramLabel = "FILE|-",
            description = "Write the summary as JSON; with -, standard output carries the JSON and nothing else.")
    private String json;

    public CopyCommand(Platform platform) {
        this.platform = platform;
    }

    @Override
    public Integer call() throws Exception {
        check();
        if (guest != null) {
            return copyInGuest(backend("--guest", guest));
        }
        Backend backend = backend("--backend", backendName);
        try (Platform.Configured configured =
                platform.configure(BuiltInPlatform.copying(backend, frames.strip(), channels, groupSize))) {
            return copy(backend, Optional.empty());
        }
    }

    private static Backend backend(String option, String kind) throws BadInput {
        return Backend.named(kind).orElseThrow(() -> new BadInput(option + " " + kind + ": not one of vtd, smmuv3"));
    }

    private int copyInGuest(Backend backend) throws Exception {
        try (GuestFolder folder = new GuestFolder()) {
            GuestPlatform both = new GuestPlatform(backend, folder.path(), channels, groupSize);
            folder.makeMemory(both.memory(), GuestPlatform.memoryBytes(pages()));
            try (HostProcess host = new HostProcess(folder.path(), both.host(), both.engineSocket());
                    Platform.Configured configured = platform.configure(both.guest(pages()))) {
                return copy(backend, Optional.of(host));
            }
        }
    }

    private int copy(Backend backend, Optional<HostProcess> host) throws Exception {
        try (AccessSource accesses = trace == null ? null : AccessFiles.open(trace)) {
            long size = Files.size(source);
            Pieces pieces = accesses == null ? Pieces.inOrder(size) : Pieces.touchedBy(accesses, size);
            return copy(backend, host, size, pieces);
        }
    }

    private int copy(Backend backend, Optional<HostProcess> host, long size, Pieces pieces) throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        PhysicalMemory memory = platform.service(PhysicalMemory.class);
        long needed = (long) FRAMES_PER_PAGE_ASKED * channels * groupSize;
        if (memory.frames() < needed) {
            throw new BadInput(("--frames %s: %d channels that ask for %d pages each need %d pages;"
                            + " ask for less with --channels or --group-size")
                    .formatted(frames, channels, groupSize, needed));
        }
        Unit unit = platform.units().get(0);
        Counts before = Counts.of(unit.queue().counters());
        Progress progress = new Progress(err);
        FileCopy copy = new FileCopy(
                source,
                destination,
                platform.service(DmaEngine.class),
                platform.spaces().get(0));
        FileCopy.Result result;
        try {
            result = copy.run(pieces, size, progress);
        } finally {
            progress.done();
        }
        if (result.failure().isPresent()) {
            err.println("iopf: copy: " + result.failure().get());
        }
        Checksum sourceChecksum = new Checksum(source);
        Checksum destinationChecksum = new Checksum(destination);
        CopySummary summary = new CopySummary(
                backend.kind(),
                result.bytes(),
                pieces.touched(),
                Counts.of(unit.queue().counters()).since(before),
                memory.frames(),
                result.elapsedNanos(),
                sourceChecksum.await(),
                destinationChecksum.await(),
                unit.queue().latency());
        if (!"-".equals(json)) {
            summary.print(out, source, destination);
        }
        boolean agreed = true;
        if (host.isPresent()) {
            HostCounts counts = HostCounts.of(host.get().ask("stats --json"));
            agreed = counts.agree(summary.counts());
            if (!"-".equals(json)) {
                counts.print(out, summary.counts());
            }
            JsonOutput.write(json, counts.addTo(summary.toJson()), out);
        } else {
            JsonOutput.write(json, summary.toJson(), out);
        }
        return result.failure().isEmpty() && summary.equal() && agreed ? 0 : 1;
    }

    private void check() throws IOException {
        if (!Files.isRegularFile(source) || !Files.isReadable(source)) {
            throw new BadInput(source + ": not a file that can be read");
        }
        if (Files.exists(destination) && Files.isSameFile(source, destination)) {
            throw new BadInput(source + " and " + destination + " are the same file");
        }
        if (Files.exists(destination) && !Files.isRegularFile(destination)) {
            throw new BadInput(destination + ": not a file; name one to copy to");
        }
        pages();
        if (channels < 1 || channels > 256) {
            throw new BadInput("--channels " + channels + ": not 1 to 256");
        }
        if (groupSize < 1 || groupSize > 512) {
            throw new BadInput("--group-size " + groupSize + ": not 1 to 512");
        }
        if (!platform.units().isEmpty()) {
            throw new BadInput("copy makes a platform of its own, and there is one already; use the command line");
        }
    }

    /** What {@code --frames} says, in pages. */
    private long pages() throws BadInput {
        return MemorySize.pages(frames)
                .orElseThrow(
                        () -> new BadInput("--frames " + frames + ": not a number of pages, nor bytes such as 256MiB"));
    }
}
