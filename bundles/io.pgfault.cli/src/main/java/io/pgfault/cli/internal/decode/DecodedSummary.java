// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.cli.internal.console.Quantity;
import io.pgfault.trace.decode.Cause;
import io.pgfault.trace.decode.LogRecord;
import io.pgfault.trace.decode.LogTime;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which devices faulted, how often, when first and last, how fast, and what to do first. A log of any length takes
 * constant memory: after {@value #MAX_DEVICES} devices, further devices are only counted.
 */
final class DecodedSummary implements DecodedOutput {
    private static final int MAX_DEVICES = 1_000;
    private static final int MAX_WORDS = 32;
    private static final int SHOWN_WORDS = 3;
    private static final double MICROS = 1e6;

    /** What happened to one device. */
    private static final class Story {
        private final LogRecord first;
        private final String file;
        private final Map<String, Long> words = new LinkedHashMap<>();
        private final Map<Cause, Long> causes = new LinkedHashMap<>();
        private long records;
        private long answerable;
        private LogRecord last;
        private String lastFile;

        Story(LogRecord first, String file) {
            this.first = first;
            this.file = file;
        }

        void add(LogRecord record, String in) {
            records++;
            answerable += record.recoverable() ? 1 : 0;
            last = record;
            lastFile = in;
            count(words, RecordWords.titled(record));
            if (!record.causes().isEmpty()) {
                count(causes, record.causes().get(0));
            }
        }

        private static <T> void count(Map<T, Long> counts, T what) {
            if (counts.size() < MAX_WORDS || counts.containsKey(what)) {
                counts.merge(what, 1L, Long::sum);
            }
        }

        /** The likeliest cause of the most records. */
        Optional<Cause> cause() {
            return most(causes).stream().findFirst().map(Map.Entry::getKey);
        }

        private static <T> List<Map.Entry<T, Long>> most(Map<T, Long> counts) {
            List<Map.Entry<T, Long>> entries = new ArrayList<>(counts.entrySet());
            entries.sort(Map.Entry.comparingByValue(Comparator.reverseOrder()));
            return entries;
        }
    }

    private final PrintWriter out;
    private final boolean colour;
    private final Map<String, Story> stories = new LinkedHashMap<>();
    private String file = "";
    private boolean many;
    private long records;
    private long ofOtherDevices;

    DecodedSummary(PrintWriter out, boolean colour) {
        this.out = out;
        this.colour = colour;
    }

    @Override
    public void file(String name, boolean several) {
        file = name;
        many = several;
    }

    @Override
    public void accept(LogRecord record) {
        records++;
        String device = RecordWords.counted(record.device());
        Story story = stories.get(device);
        if (story == null) {
            if (stories.size() == MAX_DEVICES) {
                ofOtherDevices++;
                return;
            }
            story = new Story(record, file);
            stories.put(device, story);
        }
        story.add(record, file);
    }

    @Override
    public void finish() {
        if (records == 0) {
            return;
        }
        out.printf(
                Locale.ROOT,
                "%s of %s%n%n",
                Quantity.count(records, "record", "records"),
                Quantity.count(stories.size(), "device", "devices"));
        stories.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<String, Story> e) -> -e.getValue().records))
                .forEach(e -> print(e.getKey(), e.getValue()));
        if (ofOtherDevices > 0) {
            out.printf(Locale.ROOT, "... and %,d more records of other devices%n%n", ofOtherDevices);
        }
        first();
        out.flush();
    }

    private void print(String device, Story story) {
        out.println(Colour.BOLD.of(device.equals("unknown") ? "no device named" : device, colour) + ", "
                + Quantity.count(story.records, "record", "records") + rate(story)
                + (story.answerable == 0
                        ? ""
                        : String.format(Locale.ROOT, ", %,d of them wait for an answer", story.answerable)));
        List<Map.Entry<String, Long>> words = Story.most(story.words);
        for (Map.Entry<String, Long> what : words.subList(0, Math.min(SHOWN_WORDS, words.size()))) {
            RecordWords.line(out, "what", what.getKey() + times(what.getValue()));
        }
        if (words.size() > SHOWN_WORDS) {
            RecordWords.line(out, "", "... and %d other kinds".formatted(words.size() - SHOWN_WORDS));
        }
        RecordWords.line(out, "first", place(story.first, story.file));
        if (story.records > 1) {
            RecordWords.line(out, "last", place(story.last, story.lastFile));
        }
        story.cause().ifPresent(cause -> {
            RecordWords.line(out, "likely", Colour.RED.of(cause.cause(), colour));
            RecordWords.line(out, "next", cause.check());
        });
        out.println();
    }

    private static String times(long count) {
        return count == 1 ? "" : String.format(Locale.ROOT, ", %,d times", count);
    }

    private String place(LogRecord record, String in) {
        return "line %d%s%s"
                .formatted(
                        record.line(),
                        many ? " of " + in : "",
                        record.time().map(time -> ", at " + time.text()).orElse(""));
    }

    /** Records per second between the first and the last one, where both have a time of the same clock. */
    private static String rate(Story story) {
        Optional<LogTime> first = story.first.time();
        Optional<LogTime> last = story.last.time();
        if (story.records < 2
                || first.isEmpty()
                || last.isEmpty()
                || first.get().clock() != last.get().clock()) {
            return "";
        }
        long micros = last.get().micros() - first.get().micros();
        if (micros < 0) {
            return "";
        }
        return micros == 0
                ? " at one time"
                : " in %s, %s"
                        .formatted(duration(micros / MICROS), Quantity.perSecond(story.records - 1, 1_000 * micros));
    }

    private static String duration(double seconds) {
        if (seconds < 120) {
            return Quantity.nanos((long) (seconds * 1e9));
        }
        return seconds < 7_200
                ? "%.0f min".formatted(seconds / 60)
                : seconds < 172_800 ? "%.0f h".formatted(seconds / 3_600) : "%.0f days".formatted(seconds / 86_400);
    }

    /** What to do first: the device that faulted first often made the others fault. */
    private void first() {
        Map.Entry<String, Story> earliest = stories.entrySet().iterator().next();
        String check = earliest.getValue().cause().map(Cause::check).orElse("");
        out.println(Colour.BOLD.of("first to do", colour));
        RecordWords.line(
                out,
                "",
                "start with the first fault, " + place(earliest.getValue().first, earliest.getValue().file)
                        + (earliest.getKey().equals("unknown") ? "" : ", of " + earliest.getKey())
                        + (stories.size() == 1 ? "" : ": what comes later may follow from it")
                        + (check.isEmpty() ? "" : "; " + check));
    }
}
