// SPDX-License-Identifier: Apache-2.0
package io.pgfault.vtd.internal.hardware.walk;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Permissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The unit's walkers against {@link ObviousWalker}, on random tables, whole and with one bit broken. */
class WalkTest {
    private static final Capabilities SMALL =
            new Capabilities(46, 48, 0b11000, true, true, true, false, false, true, true);

    private final Walk walk = new Walk();

    /** What the unit's walkers say, in the words of {@link ObviousWalker}. */
    private String request(RandomTables tables, Capabilities unit, int access) {
        TranslationStructures structures = new TranslationStructures(tables.memory, unit);
        boolean done = false;
        ContextWords context = structures.context(walk, tables.rootTable, tables.requesterId);
        if (context != null) {
            PagingContext paging =
                    context.paging() != null ? context.paging() : structures.pasid(walk, context, tables.pasid);
            done = paging != null && structures.walk(walk, paging, tables.address, access);
        }
        assertThat(done).isEqualTo(walk.isTranslated() && context != null);
        return done
                ? "to %x %d %s"
                        .formatted(
                                walk.address(),
                                walk.shift(),
                                Permissions.toString(walk.permissions()).substring(0, 3))
                : "fault " + Integer.toHexString(walk.reason());
    }

    private static String obvious(RandomTables tables, Capabilities unit, int access) {
        Set<Character> letters = new HashSet<>();
        for (int bit = 0; bit < 5; bit++) {
            if ((access >>> bit & 1) != 0) {
                letters.add("rwxpt".charAt(bit));
            }
        }
        return new ObviousWalker(tables.memory, unit)
                .request(tables.rootTable, tables.requesterId, tables.pasid, Long.toHexString(tables.address), letters);
    }

    private static int anyAccess(Random random) {
        int privilege = random.nextInt(4) == 0 ? Permissions.PRIV : 0;
        return switch (random.nextInt(4)) {
            case 0 -> Permissions.READ | privilege;
            case 1 -> Permissions.WRITE | privilege;
            case 2 -> Permissions.READ | Permissions.EXEC | privilege;
            default -> Walk.TRANSLATE | privilege;
        };
    }

    /** Types are PGTT, 0 for legacy mode. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void t01_randomTables_walkAsTheSpecificationSays(int type) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int translated = 0;
        for (int i = 0; i < 3000; i++) {
            Capabilities unit = i % 3 == 0 ? SMALL : Capabilities.FULL;
            RandomTables tables = new RandomTables(random, unit, type);
            int access = anyAccess(random);
            String expected = obvious(tables, unit, access);
            assertThat(request(tables, unit, access))
                    .as("seed %d, case %d, type %d, access %d, address %x", seed, i, type, access, tables.address)
                    .isEqualTo(expected);
            translated += expected.startsWith("to") ? 1 : 0;
        }
        assertThat(translated).as("cases with a translation").isGreaterThan(600);
    }

    /** Every bit of every word that a walk looks at, and a few words at once. */
    @ParameterizedTest
    @CsvSource({"0, 0", "1, 0", "2, 0", "3, 0", "4, 0", "0, 2", "1, 2", "2, 2", "3, 2"})
    void t02_t04_eachBitBroken_givesTheArchitecturesReason(int type, int more) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 12; i++) {
            Capabilities unit = i % 3 == 0 ? SMALL : Capabilities.FULL;
            RandomTables tables = new RandomTables(random, unit, type);
            int access = anyAccess(random);
            List<Long> before = new ArrayList<>();
            for (long word : tables.words) {
                before.add(tables.memory.load(word));
            }
            for (int broken = 0; broken < tables.words.size(); broken++) {
                for (int bit = 0; bit < 64; bit++) {
                    for (int word = 0; word < before.size(); word++) {
                        tables.memory.store(tables.words.get(word), before.get(word));
                    }
                    flip(tables, broken, bit);
                    for (int other = 0; other < more; other++) {
                        flip(tables, random.nextInt(before.size()), random.nextInt(64));
                    }
                    String expected = obvious(tables, unit, access);
                    assertThat(request(tables, unit, access))
                            .as("seed %d, tables %d, type %d, word %d, bit %d", seed, i, type, broken, bit)
                            .isEqualTo(expected);
                    seen.add(expected.substring(0, Math.min(8, expected.length())));
                }
            }
        }
        assertThat(seen).as("reasons seen").hasSizeGreaterThan(type == 4 ? 8 : 9);
    }

    private static void flip(RandomTables tables, int word, int bit) {
        long at = tables.words.get(word);
        tables.memory.store(at, tables.memory.load(at) ^ 1L << bit);
    }
}
