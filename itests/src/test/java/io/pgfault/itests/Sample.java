// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * What a replay of a memory trace must come to, computed the slow and obvious way from the two files and rules S02 and
 * S04, with no code of ours: a list of ranges, a map of pages, one access after the other.
 */
record Sample(long accesses, long requests, long success, long invalid, long failedAccesses, long pages) {
    private record Range(long start, long end, String letters) {}

    static Sample compute(Path lackey, Path maps) throws IOException {
        List<Range> ranges = new ArrayList<>();
        for (String line : Files.readAllLines(maps)) {
            String[] words = line.split(" +");
            String[] ends = words[0].split("-");
            ranges.add(new Range(Long.parseUnsignedLong(ends[0], 16), Long.parseUnsignedLong(ends[1], 16), words[1]));
        }
        Map<Long, String> pages = new HashMap<>();
        long accesses = 0;
        long success = 0;
        long invalid = 0;
        long failed = 0;
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(lackey)), StandardCharsets.US_ASCII))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.matches("(I | [LSM]) [0-9a-f]+,[0-9]+")) {
                    continue;
                }
                accesses++;
                String needed =
                        switch (line.strip().charAt(0)) {
                            case 'S' -> "w";
                            case 'M' -> "rw";
                            default -> "r";
                        };
                String[] place = line.substring(3).split(",");
                long first = Long.parseUnsignedLong(place[0], 16);
                long last = first + Integer.parseInt(place[1]) - 1;
                boolean all = true;
                for (long page = first >>> 12; page <= last >>> 12; page++) {
                    if (has(pages.get(page), needed)) {
                        continue;
                    }
                    String granted = lettersAt(ranges, page << 12);
                    if (has(granted, needed)) {
                        success++;
                        boolean readOnly = granted.contains("w") && granted.contains("p") && !needed.contains("w");
                        pages.put(page, readOnly ? granted.replace("w", "-") : granted);
                    } else {
                        invalid++;
                        all = false;
                    }
                }
                failed += all ? 0 : 1;
            }
        }
        return new Sample(accesses, success + invalid, success, invalid, failed, pages.size());
    }

    private static String lettersAt(List<Range> ranges, long address) {
        return ranges.stream()
                .filter(r ->
                        Long.compareUnsigned(r.start(), address) <= 0 && Long.compareUnsigned(address, r.end()) < 0)
                .map(Range::letters)
                .findFirst()
                .orElse(null);
    }

    private static boolean has(String letters, String needed) {
        return letters != null && needed.chars().allMatch(c -> letters.indexOf(c) >= 0);
    }
}
