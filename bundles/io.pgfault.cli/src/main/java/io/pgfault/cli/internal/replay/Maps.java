// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.Pasid;
import io.pgfault.api.sva.Area;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.trace.MapsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the processes of a replay may touch: the files of {@code --maps [PASID=]FILE}. A file without a PASID serves
 * every PASID that has no file of its own; without any file everything is granted.
 *
 * @param files by PASID, the one for all others under {@link Pasid#NONE}
 * @param areas what is in them
 */
record Maps(Map<Integer, Path> files, Map<Integer, List<Area>> areas) {
    private static final Pattern WITH_PASID = Pattern.compile("(0x[0-9a-fA-F]{1,5}|[0-9]{1,7})=(.+)");

    /**
     * Reads the files.
     *
     * @throws BadInput if a word is not of this form, or two words name one PASID
     * @throws io.pgfault.trace.UnreadableInput if a file can't be read
     */
    static Maps read(List<String> options) throws IOException {
        Map<Integer, Path> files = new HashMap<>();
        Map<Integer, List<Area>> areas = new HashMap<>();
        for (String option : options) {
            Matcher m = WITH_PASID.matcher(option);
            int pasid = m.matches() ? Integer.decode(decimal(m.group(1))) : Pasid.NONE;
            if (pasid > Pasid.MAX) {
                throw new BadInput("--maps %s: a PASID is 0 to %d".formatted(option, Pasid.MAX));
            }
            Path file = Path.of(m.matches() ? m.group(2) : option);
            areas.put(pasid, MapsFile.read(file));
            if (files.put(pasid, file) != null) {
                throw new BadInput("--maps %s: given twice for %s"
                        .formatted(option, pasid == Pasid.NONE ? "all PASIDs" : "PASID " + pasid));
            }
        }
        return new Maps(files, areas);
    }

    /** {@code Integer.decode} would read a leading zero as octal. */
    private static String decimal(String number) {
        return number.startsWith("0x") ? number : number.replaceFirst("^0+(?=.)", "");
    }

    /** Whether nothing was given, and everything is granted. */
    boolean grantAll() {
        return files.isEmpty();
    }

    /** The areas for a PASID; empty if there are maps, but none for it. */
    Optional<List<Area>> areasOf(int pasid) {
        return Optional.ofNullable(areas.getOrDefault(pasid, areas.get(Pasid.NONE)));
    }
}
