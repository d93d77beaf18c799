// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.terminal;

import java.util.List;
import org.jline.builtins.Completers;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** Tells JLine what can stand at the cursor. One thread. */
final class CommandCompleter implements Completer {
    private final Completions completions;
    private final Completer files = new Completers.FileNameCompleter();

    CommandCompleter(Completions completions) {
        this.completions = completions;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        Words words = Words.at(line.words(), line.wordIndex(), line.word().substring(0, line.wordCursor()));
        completions
                .at(words)
                .forEach(found -> candidates.add(new Candidate(
                        found.value(),
                        found.value(),
                        null,
                        found.about().isEmpty() ? null : found.about(),
                        null,
                        null,
                        true)));
        if (completions.isFile(words)) {
            files.complete(reader, line, candidates);
        }
    }
}
