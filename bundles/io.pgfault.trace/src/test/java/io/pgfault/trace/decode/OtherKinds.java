// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.decode;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Random records of SMMUv2 and of the units of single makers, in one line each, and what a decoder must find. */
final class OtherKinds {
    private OtherKinds() {}

    static RenderedLog.Message message(RandomGenerator random) {
        long iova = (random.nextLong() >>> random.nextInt(28, 52)) | 1;
        boolean write = random.nextBoolean();
        String unit = "%x.iommu".formatted(random.nextInt(0x1000_0000, 0x7fff_ffff));
        return switch (random.nextInt(9)) {
            case 0 -> context(random, unit, iova, write);
            case 1 ->
                one(
                        "rk_iommu " + unit + ": Page fault at 0x%016x of type %s".formatted(iova, access(write)),
                        "rk_page_fault",
                        "unit",
                        unit,
                        "iova",
                        hex(iova),
                        "access",
                        access(write));
            case 2 -> mtk(random, unit, iova, write);
            case 3 -> {
                String device = "%x.decon".formatted(random.nextInt(0x1000_0000, 0x7fff_ffff));
                yield one(
                        "exynos-sysmmu %s: %s: [%s] PAGE FAULT occurred at 0x%x"
                                .formatted(unit, device, write ? "WRITE" : "READ", iova),
                        "sysmmu_fault",
                        "unit",
                        unit,
                        "device",
                        device,
                        "access",
                        access(write),
                        "what",
                        "PAGE FAULT",
                        "iova",
                        hex(iova));
            }
            case 4 -> {
                long stream = random.nextInt(16);
                yield one(
                        "apple-dart %s: translation fault: status:0x80040008 stream:%d code:0x8 (NO PTE FOR IOVA) at 0x%x"
                                .formatted(unit, stream, iova),
                        "dart_fault",
                        "unit",
                        unit,
                        "status",
                        "0x80040008",
                        "stream",
                        stream,
                        "code",
                        "0x8",
                        "what",
                        "NO PTE FOR IOVA",
                        "iova",
                        hex(iova));
            }
            case 5 -> {
                String status = "0x%08x".formatted(random.nextInt(1, 1 << 13));
                yield one(
                        "ipmmu-vmsa " + unit + ": Unhandled fault: status " + status + " iova 0x%x".formatted(iova),
                        "ipmmu_fault",
                        "unit",
                        unit,
                        "status",
                        status,
                        "iova",
                        hex(iova));
            }
            case 6 -> {
                long master = random.nextInt(7);
                yield one(
                        "sun50i-iommu %s: Page fault for 0x%016x (master %d, dir %s)"
                                .formatted(unit, iova, master, write ? "wr" : "rd"),
                        "sun50i_fault",
                        "unit",
                        unit,
                        "iova",
                        hex(iova),
                        "master",
                        master,
                        "access",
                        access(write));
            }
            case 7 -> {
                String device =
                        "0000:%02x:%02x.%d".formatted(random.nextInt(256), random.nextInt(32), random.nextInt(8));
                String flags = write ? "0x20" : "0x8";
                yield one(
                        "(XEN) AMD-Vi: IO_PAGE_FAULT: %s d0 addr %016x flags %s %s"
                                .formatted(device, iova, flags, write ? "RW" : "I"),
                        "amd_event",
                        "event",
                        "IO_PAGE_FAULT",
                        "device",
                        device,
                        "domain",
                        "d0",
                        "address",
                        hex(iova),
                        "flags",
                        flags,
                        "access",
                        write ? "write" : "interrupt");
            }
            default -> {
                String device =
                        "0000:%02x:%02x.%d".formatted(random.nextInt(256), random.nextInt(32), random.nextInt(8));
                long type = random.nextInt(1, 9);
                yield one(
                        "(vmx) PCI passthru device %s caused an IOMMU fault type %d at address 0x%x"
                                .formatted(device, type, iova),
                        "esxi_iommu_fault",
                        "device",
                        device,
                        "fault_type",
                        type,
                        "address",
                        hex(iova));
            }
        };
    }

    private static RenderedLog.Message context(RandomGenerator random, String unit, long iova, boolean write) {
        long stream = random.nextInt(1 << 15);
        long syndrome = (random.nextInt(1 << 16) & ~0x10) | (write ? 0x10 : 0);
        int bank = random.nextInt(1, 64);
        return one(
                "arm-smmu %s: Unhandled context fault: fsr=0x402, iova=0x%08x, fsynr=0x%x, cbfrsynra=0x%x, cb=%d"
                        .formatted(unit, iova, syndrome, stream, bank),
                "smmuv2_context_fault",
                "unit",
                unit,
                "sid",
                hex(stream),
                "iova",
                hex(iova),
                "fsr",
                "0x402",
                "fsynr",
                hex(syndrome),
                "access",
                access(write),
                "cb",
                Integer.toString(bank));
    }

    private static RenderedLog.Message mtk(RandomGenerator random, String unit, long iova, boolean write) {
        long larb = random.nextInt(8);
        long port = random.nextInt(12);
        long layer = random.nextInt(2);
        long type = random.nextInt(1, 1 << 10);
        return one(
                "mtk-iommu %s: fault type=0x%x iova=0x%x pa=0x0 larb=%d port=%d layer=%d %s"
                        .formatted(unit, type, iova, larb, port, layer, access(write)),
                "mtk_fault",
                "unit",
                unit,
                "fault_type",
                hex(type),
                "iova",
                hex(iova),
                "larb",
                larb,
                "port",
                port,
                "layer",
                layer,
                "access",
                access(write));
    }

    private static String access(boolean write) {
        return write ? "write" : "read";
    }

    private static String hex(long value) {
        return "0x%x".formatted(value);
    }

    private static RenderedLog.Message one(String line, String type, Object... fields) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("type", type);
        for (int i = 0; i < fields.length; i += 2) {
            all.put((String) fields[i], fields[i + 1]);
        }
        return new RenderedLog.Message(List.of(line), all);
    }
}
