// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * What kind a field is and which class declares a method, read from class files. The class loader calls under its lock.
 */
final class Fields {
    /** How a field is shared. */
    enum Kind {
        VOLATILE,
        PLAIN,
        FINAL
    }

    private final Function<String, byte[]> classes;
    private final Map<String, ClassFields> read = new HashMap<>();

    private record ClassFields(String parent, Map<String, Kind> kinds, Set<String> methods) {}

    /** @param classes finds the bytes of a rewritten class by its internal name; {@code null} for another class */
    Fields(Function<String, byte[]> classes) {
        this.classes = classes;
    }

    private ClassFields classFields(String name) {
        return read.computeIfAbsent(name, this::readClass);
    }

    synchronized Kind kind(String owner, String field) {
        for (String at = owner; at != null; ) {
            ClassFields known = classFields(at);
            Kind kind = known.kinds().get(field);
            if (kind != null) {
                return kind;
            }
            at = known.parent();
        }
        return Kind.FINAL;
    }

    /** The class that declares the method, or the first ancestor that isn't rewritten. */
    synchronized String declaring(String owner, String signature) {
        String at = owner;
        while (true) {
            ClassFields known = classFields(at);
            if (known.parent() == null || known.methods().contains(signature)) {
                return at;
            }
            at = known.parent();
        }
    }

    private ClassFields readClass(String name) {
        byte[] bytes = classes.apply(name);
        if (bytes == null) {
            return new ClassFields(null, Map.of(), Set.of());
        }
        Map<String, Kind> kinds = new HashMap<>();
        Set<String> methods = new HashSet<>();
        ClassReader reader = new ClassReader(bytes);
        reader.accept(
                new ClassVisitor(Opcodes.ASM9) {
                    @Override
                    public FieldVisitor visitField(
                            int access, String field, String descriptor, String signature, Object value) {
                        kinds.put(
                                field,
                                (access & Opcodes.ACC_FINAL) != 0
                                        ? Kind.FINAL
                                        : (access & Opcodes.ACC_VOLATILE) != 0 ? Kind.VOLATILE : Kind.PLAIN);
                        return null;
                    }

                    @Override
                    public MethodVisitor visitMethod(
                            int access, String method, String descriptor, String signature, String[] thrown) {
                        methods.add(method + descriptor);
                        return null;
                    }
                },
                ClassReader.SKIP_CODE);
        return new ClassFields(reader.getSuperName(), kinds, methods);
    }
}
