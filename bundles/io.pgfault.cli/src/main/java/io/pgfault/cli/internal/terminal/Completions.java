// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.terminal;

import io.pgfault.cli.internal.platform.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What can stand at the cursor: names of commands, and for the verbs of this bundle their options and arguments. An
 * argument is completed by its label: {@code DEVICE} by the names of devices, {@code FILE} by files, {@code on|off} by
 * the two words. One thread.
 */
final class Completions {
    /** The labels of arguments that are files. */
    private static final Set<String> FILES = Set.of("FILE", "DIR", "JAR", "TRACE");

    private final Map<String, CommandLine> verbs;
    private final Commands commands;
    private final Platform platform;

    /**
     * One thing that can stand at the cursor.
     *
     * @param value what is written
     * @param about one line about it, empty for none
     */
    record Completion(String value, String about) {}

    /**
     * The completions of a platform.
     *
     * @param verbs the verbs of this bundle by name
     */
    Completions(Map<String, CommandLine> verbs, Commands commands, Platform platform) {
        this.verbs = verbs;
        this.commands = commands;
        this.platform = platform;
    }

    /** What can stand at the cursor, whatever has been written of it. */
    List<Completion> at(Words words) {
        if (words.isName()) {
            return commands.names(words.current()).stream()
                    .map(name -> new Completion(name, about(name)))
                    .toList();
        }
        CommandLine verb = verb(words.before().get(0));
        if (verb == null) {
            return List.of();
        }
        CommandSpec spec = verb.getCommandSpec();
        if (words.current().startsWith("-") && open(spec, words.before()) == null) {
            return options(spec);
        }
        return arguments(spec, words.before()).stream()
                .flatMap(argument -> of(argument).stream())
                .toList();
    }

    /** What the word at the cursor is if it is no option: the value of the option before it, or an argument. */
    private static List<? extends ArgSpec> arguments(CommandSpec spec, List<String> before) {
        OptionSpec open = open(spec, before);
        if (open != null) {
            return List.of(open);
        }
        int position = position(spec, before);
        return spec.positionalParameters().stream()
                .filter(argument -> argument.index().contains(position))
                .toList();
    }

    /** Whether the word at the cursor is the name of a file, or one of a command that this bundle doesn't know. */
    boolean isFile(Words words) {
        if (words.isName()) {
            return false;
        }
        CommandLine verb = verb(words.before().get(0));
        return verb == null
                || arguments(verb.getCommandSpec(), words.before()).stream()
                        .anyMatch(argument -> FILES.contains(argument.paramLabel()));
    }

    private CommandLine verb(String name) {
        return verbs.get(name.substring(name.indexOf(':') + 1));
    }

    private String about(String name) {
        CommandLine verb = verb(name);
        String[] description = verb == null
                ? new String[0]
                : verb.getCommandSpec().usageMessage().description();
        return description.length == 0 ? "" : description[0].replaceFirst("[.:] .*|[.:]$", "");
    }

    /** The option that waits for its value: the last word before the cursor; {@code null} for none. */
    private static OptionSpec open(CommandSpec spec, List<String> before) {
        OptionSpec last = spec.optionsMap().get(before.get(before.size() - 1));
        return last == null || last.arity().max() == 0 ? null : last;
    }

    /** The index of the argument at the cursor. Options and their values are no arguments. */
    private static int position(CommandSpec spec, List<String> before) {
        int position = 0;
        for (int i = 1; i < before.size(); i++) {
            OptionSpec option = spec.optionsMap().get(before.get(i));
            if (option != null && option.arity().max() > 0) {
                i++;
            } else if (!before.get(i).startsWith("-")) {
                position++;
            }
        }
        return position;
    }

    private static List<Completion> options(CommandSpec spec) {
        List<Completion> options = new ArrayList<>();
        for (OptionSpec option : spec.options()) {
            String about = option.description().length == 0 ? "" : option.description()[0].replaceFirst("[.:] .*", "");
            options.add(new Completion(option.longestName(), about.replaceFirst(" \\(default.*|\\.$", "")));
        }
        return options;
    }

    private List<Completion> of(ArgSpec argument) {
        if (argument.completionCandidates() != null) {
            List<Completion> values = new ArrayList<>();
            argument.completionCandidates().forEach(value -> values.add(new Completion(value, "")));
            return values;
        }
        return switch (argument.paramLabel()) {
            case "DEVICE" -> named(platform.deviceUnits());
            case "UNIT" -> named(platform.unitKinds());
            case "DOMAIN" -> named(platform.domainKinds());
            case "HANDLER" -> named(platform.handlerKinds());
            case "ACCESS" ->
                List.of(new Completion("r", "read"), new Completion("w", "write"), new Completion("x", ""));
            case "on|off" -> List.of(new Completion("on", ""), new Completion("off", ""));
            default -> List.of();
        };
    }

    private static List<Completion> named(Map<String, String> names) {
        return names.entrySet().stream()
                .map(name -> new Completion(name.getKey(), Objects.requireNonNullElse(name.getValue(), "")))
                .toList();
    }
}
