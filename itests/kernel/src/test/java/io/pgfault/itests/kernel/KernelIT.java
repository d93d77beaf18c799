// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The executable jar on a real kernel in QEMU: what the kernel counted and what this side counted are the same. */
class KernelIT {
    private static final Path HOME = Path.of(System.getProperty("iopf.home")).normalize();
    private static final Path GUEST = HOME.resolve("itests/kernel/src/guest");
    private static final Path TARGET = HOME.resolve("itests/kernel/target");

    /** Long enough for a machine that builds the kernel on one slow core. */
    private static final long BUILD_MINUTES = 60;

    private static final long RUN_MINUTES = 10;
    private static final int HELD = 64;
    private static final List<String> STEPS = List.of("serve", "swap", "detach", "device", "restart", "again");

    @Test
    void kernelAndPlatformAgree_andTheKernelWarnsOfNothing() throws Exception {
        String image = run("kernel", BUILD_MINUTES, GUEST.resolve("kernel.sh").toString())
                .strip();
        Path initramfs = initramfs();
        String console = run(
                "console",
                RUN_MINUTES,
                "qemu-system-x86_64",
                "-M",
                "q35",
                "-cpu",
                "max",
                "-smp",
                "2",
                "-m",
                "1024",
                "-nographic",
                "-no-reboot",
                "-nic",
                "none",
                "-kernel",
                image,
                "-initrd",
                initramfs.toString(),
                "-append",
                "console=ttyS0 panic=-1 loglevel=7 printk.time=1");
        assertThat(console).contains("PROOF end");
        for (String step : STEPS) {
            assertThat(line(console, step)).as("step %s", step).endsWith(" ok");
        }
        assertThat(line(console, "killing")).contains("holding=" + HELD);
        for (String count : List.of("killed", "total")) {
            String line = line(console, count);
            assertThat(number(line, "reported"))
                    .as(line)
                    .isPositive()
                    .isEqualTo(number(line, "answered"))
                    .isEqualTo(number(line, "success") + number(line, "invalid"));
        }
        assertThat(number(line(console, "total"), "overrun")).isZero();
        assertThat(console)
                .doesNotContainPattern("(WARNING:|BUG:|Oops|Call Trace|general protection|INFO: task|Kernel panic)");
    }

    private static Path initramfs() throws Exception {
        Path files = Files.createDirectories(TARGET.resolve("files"));
        Path jar = copy(HOME.resolve("bndrun/target/iopf.jar"), files.resolve("iopf.jar"));
        Path proof = copy(Path.of(System.getProperty("proof.jar")), files.resolve("proof.jar"));
        Path prefault = copy(
                HOME.resolve("itests/prefault/target/com.example.prefault-1.0.0.jar"), files.resolve("prefault.jar"));
        Path initramfs = TARGET.resolve("initramfs.gz");
        run(
                "initramfs",
                5,
                GUEST.resolve("initramfs.sh").toString(),
                initramfs.toString(),
                System.getProperty("java.home"),
                jar.toString(),
                proof.toString(),
                prefault.toString(),
                GUEST.resolve("platform.json").toString(),
                GUEST.resolve("program.maps").toString(),
                GUEST.resolve("first.gosh").toString(),
                GUEST.resolve("second.gosh").toString());
        return initramfs;
    }

    private static Path copy(Path from, Path to) throws Exception {
        return Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Runs a program, and returns its standard output; what it said stays in {@code target}. */
    private static String run(String name, long minutes, String... command) throws Exception {
        Path out = TARGET.resolve(name + ".out");
        Path err = TARGET.resolve(name + ".err");
        Process process = new ProcessBuilder(new ArrayList<>(List.of(command)))
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        boolean ended = process.waitFor(minutes, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        assertThat(ended)
                .as("%s ended within %d minutes; see %s", name, minutes, out)
                .isTrue();
        assertThat(process.exitValue())
                .as("%s: %s", name, Files.readString(err))
                .isZero();
        return Files.readString(out);
    }

    private static String line(String console, String step) {
        Matcher matcher = Pattern.compile("(?m)PROOF " + step + " [^\r\n]*").matcher(console);
        assertThat(matcher.find()).as("a line of step %s", step).isTrue();
        return matcher.group();
    }

    private static long number(String line, String key) {
        Matcher matcher = Pattern.compile(" " + key + "=(\\d+)").matcher(line);
        assertThat(matcher.find()).as("%s in %s", key, line).isTrue();
        return Long.parseLong(matcher.group(1));
    }
}
