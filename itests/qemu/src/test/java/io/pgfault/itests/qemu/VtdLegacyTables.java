// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.qemu;

import io.pgfault.vtd.internal.hardware.walk.Capabilities;
import io.pgfault.vtd.spec.table.ContextEntry;
import io.pgfault.vtd.spec.table.RootEntry;
import io.pgfault.vtd.spec.table.SecondStageEntry;
import java.util.Random;

/** Tables of legacy mode: root, context, second stage of 3 and 4 levels, pass-through. */
final class VtdLegacyTables extends VtdTables {
    VtdLegacyTables(Ram ram, Random random) {
        super(ram, random);
    }

    @Override
    String mode() {
        return "legacy mode";
    }

    @Override
    Capabilities capabilities() {
        return new Capabilities(48, 48, 0b11000, true, false, false, false, false, true, false);
    }

    @Override
    long root() {
        return ROOT;
    }

    @Override
    void wholeRoot() {
        ram.store(ROOT, RootEntry.word(CONTEXTS));
        ram.store(ROOT + 8, 0);
    }

    private static long context(int device) {
        return CONTEXTS + QemuMachine.requesterId(device) * (long) ContextEntry.SIZE;
    }

    @Override
    void identity(int devices) {
        ram.store(IDENTITY, SecondStageEntry.R | SecondStageEntry.W | SecondStageEntry.PS);
        wholeRoot();
        for (int i = 0; i < devices; i++) {
            ram.store(context(i), ContextEntry.word0(IDENTITY, ContextEntry.TYPE_UNTRANSLATED));
            ram.store(context(i) + 8, ContextEntry.word1(3, IDENTITY_DOMAIN));
        }
    }

    @Override
    Case generate(int device, int length) {
        Case c = new Case();
        int levels = 3 + random.nextInt(2);
        int width = 12 + 9 * levels;
        c.write = random.nextBoolean();
        c.address = ((random.nextLong() >>> (64 - width)) & -0x1000) + device * (long) length;
        if (random.nextInt(30) == 0) {
            c.address |= 1L << (width + random.nextInt(63 - width));
        }
        long top = table();
        int type = random.nextInt(100) == 0 ? ContextEntry.TYPE_PASS_THROUGH : ContextEntry.TYPE_UNTRANSLATED;
        if (type == ContextEntry.TYPE_PASS_THROUGH && random.nextBoolean()) {
            c.address = DATA + device * (long) length;
        }
        put(c, context(device), ContextEntry.word0(top, type));
        put(c, context(device) + 8, ContextEntry.word1(levels, device + 1));
        secondStage(c, top, levels);
        breakBits(c);
        if (random.nextInt(10) == 0) {
            ram.store(context(device), ram.load(context(device)) | ContextEntry.FPD);
        }
        return c;
    }
}
