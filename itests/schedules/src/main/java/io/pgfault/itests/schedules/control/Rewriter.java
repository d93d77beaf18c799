// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.util.Map;
import java.util.Set;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Handle;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Rewrites one class so that it calls {@link Control}: a step before each access to a field that isn't final, to a
 * variable handle, to an atomic or a concurrent collection; and in place of monitors, locks, parking, threads and time.
 */
final class Rewriter extends ClassVisitor {
    private static final String CONTROL = Type.getInternalName(Control.class);
    private static final String CONTROLLED_THREAD = Type.getInternalName(ControlledThread.class);
    private static final String THREAD = "java/lang/Thread";

    /** Instance methods that a static method of {@link Control} of the same name replaces, by class. */
    private static final Map<String, Set<String>> REPLACED = Map.of(
            "java/util/concurrent/locks/ReentrantLock",
            Set.of(
                    "lock()V",
                    "lockInterruptibly()V",
                    "tryLock()Z",
                    "unlock()V",
                    "isHeldByCurrentThread()Z",
                    "isLocked()Z",
                    "newCondition()Ljava/util/concurrent/locks/Condition;"),
            THREAD,
            Set.of("join()V", "join(J)V", "isAlive()Z"),
            "java/util/concurrent/TimeUnit",
            Set.of("timedWait(Ljava/lang/Object;J)V", "timedJoin(Ljava/lang/Thread;J)V"));

    /** Static methods that {@link Control} replaces, by class. */
    private static final Map<String, Set<String>> REPLACED_STATIC = Map.of(
            THREAD,
            Set.of("yield()V", "onSpinWait()V", "sleep(J)V", "interrupted()Z", "holdsLock(Ljava/lang/Object;)Z"),
            "java/util/concurrent/locks/LockSupport",
            Set.of(
                    "park()V",
                    "park(Ljava/lang/Object;)V",
                    "parkNanos(J)V",
                    "parkNanos(Ljava/lang/Object;J)V",
                    "unpark(Ljava/lang/Thread;)V"),
            "java/lang/System",
            Set.of("nanoTime()J", "currentTimeMillis()J"));

    private static final Set<String> WITH_CALLBACK = Set.of("compute", "computeIfAbsent", "computeIfPresent", "merge");

    private final Fields fields;
    private String name;
    private String simpleName;
    private boolean thread;

    private Rewriter(ClassVisitor next, Fields fields) {
        super(Opcodes.ASM9, next);
        this.fields = fields;
    }

    static byte[] rewrite(byte[] original, Fields fields) {
        ClassReader reader = new ClassReader(original);
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
        reader.accept(new Rewriter(writer, fields), 0);
        return writer.toByteArray();
    }

    @Override
    public void visit(int version, int access, String className, String signature, String parent, String[] interfaces) {
        name = className;
        simpleName = className.substring(className.lastIndexOf('/') + 1);
        thread = THREAD.equals(parent);
        super.visit(version, access, className, signature, thread ? CONTROLLED_THREAD : parent, interfaces);
    }

    @Override
    public MethodVisitor visitMethod(int access, String method, String descriptor, String signature, String[] thrown) {
        boolean synchronizedMethod = (access & Opcodes.ACC_SYNCHRONIZED) != 0;
        boolean body = thread && method.equals("run") && descriptor.equals("()V");
        MethodVisitor next = super.visitMethod(
                access & ~Opcodes.ACC_SYNCHRONIZED, body ? "body" : method, descriptor, signature, thrown);
        return (access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_NATIVE)) != 0
                ? next
                : new Code(next, method, synchronizedMethod, (access & Opcodes.ACC_STATIC) != 0);
    }

    private final class Code extends MethodVisitor {
        private final String method;
        private final boolean synchronizedMethod;
        private final boolean isStatic;
        private final boolean initializer;
        private final Label from = new Label();
        private final Label to = new Label();
        private int line;

        Code(MethodVisitor next, String method, boolean synchronizedMethod, boolean isStatic) {
            super(Opcodes.ASM9, next);
            this.method = method;
            this.synchronizedMethod = synchronizedMethod;
            this.isStatic = isStatic;
            this.initializer = method.equals("<clinit>");
        }

        private void control(String called, String descriptor) {
            super.visitMethodInsn(Opcodes.INVOKESTATIC, CONTROL, called, descriptor, false);
        }

        private void place(String called, String what) {
            super.visitLdcInsn(Locations.add(simpleName + "." + method + ":" + line + " " + what));
            control(called, "(I)V");
        }

        @Override
        public void visitCode() {
            super.visitCode();
            if (initializer) {
                control("atomicBegin", "()V");
            }
            if (synchronizedMethod) {
                if (isStatic) {
                    super.visitLdcInsn(Type.getObjectType(name));
                } else {
                    super.visitVarInsn(Opcodes.ALOAD, 0);
                }
                place("at", "synchronized");
                control("synchronizedEnter", "(Ljava/lang/Object;)V");
                super.visitLabel(from);
            }
        }

        @Override
        public void visitMaxs(int maxStack, int maxLocals) {
            if (synchronizedMethod) {
                super.visitLabel(to);
                super.visitTryCatchBlock(from, to, to, null);
                super.visitFrame(Opcodes.F_FULL, 0, new Object[0], 1, new Object[] {"java/lang/Throwable"});
                control("synchronizedExit", "()V");
                super.visitInsn(Opcodes.ATHROW);
            }
            super.visitMaxs(maxStack, maxLocals);
        }

        @Override
        public void visitLineNumber(int number, Label start) {
            line = number;
            super.visitLineNumber(number, start);
        }

        @Override
        public void visitInsn(int opcode) {
            switch (opcode) {
                case Opcodes.MONITORENTER -> {
                    place("at", "synchronized");
                    control("monitorEnter", "(Ljava/lang/Object;)V");
                    return;
                }
                case Opcodes.MONITOREXIT -> {
                    control("monitorExit", "(Ljava/lang/Object;)V");
                    return;
                }
                case Opcodes.RETURN,
                        Opcodes.ARETURN,
                        Opcodes.IRETURN,
                        Opcodes.LRETURN,
                        Opcodes.FRETURN,
                        Opcodes.DRETURN -> {
                    if (initializer) {
                        control("atomicEnd", "()V");
                    }
                    if (synchronizedMethod) {
                        control("synchronizedExit", "()V");
                    }
                }
                default -> {}
            }
            super.visitInsn(opcode);
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String field, String descriptor) {
            String what =
                    switch (opcode) {
                        case Opcodes.GETFIELD, Opcodes.GETSTATIC -> "reads ";
                        default -> "writes ";
                    };
            switch (fields.kind(owner, field)) {
                case VOLATILE -> place("step", what + field);
                case PLAIN -> place("plainStep", what + field);
                case FINAL -> {}
            }
            super.visitFieldInsn(opcode, owner, field, descriptor);
        }

        @Override
        public void visitTypeInsn(int opcode, String type) {
            boolean made = opcode == Opcodes.NEW && type.equals(THREAD);
            super.visitTypeInsn(opcode, made ? CONTROLLED_THREAD : type);
        }

        @Override
        public void visitMethodInsn(int opcode, String owner, String called, String descriptor, boolean isInterface) {
            String signature = called + descriptor;
            if (called.equals("<init>")) {
                boolean ofThread = owner.equals(THREAD);
                super.visitMethodInsn(opcode, ofThread ? CONTROLLED_THREAD : owner, called, descriptor, isInterface);
                return;
            }
            if (opcode == Opcodes.INVOKESTATIC) {
                if (REPLACED_STATIC.getOrDefault(owner, Set.of()).contains(signature)) {
                    place("at", called);
                    control(called, descriptor);
                    return;
                }
            } else if (replacedIn(owner, signature) != null) {
                place("at", called);
                control(called, "(L" + replacedIn(owner, signature) + ";" + descriptor.substring(1));
                return;
            } else if (monitorMethod(called, descriptor)) {
                return;
            } else if (owner.startsWith("java/util/") && WITH_CALLBACK.contains(called)) {
                place("at", called);
                control(called, "(Ljava/util/Map;" + descriptor.substring(1));
                return;
            }
            if (isShared(owner)) {
                place("step", shortName(owner) + "." + called);
            } else if (isStorage(owner)) {
                place("plainStep", shortName(owner) + "." + called);
            }
            super.visitMethodInsn(opcode, owner, called, descriptor, isInterface);
        }

        private boolean monitorMethod(String called, String descriptor) {
            String replacement =
                    switch (called + descriptor) {
                        case "wait()V" -> "await";
                        case "wait(J)V" -> "awaitMillis";
                        case "notify()V" -> "signal";
                        case "notifyAll()V" -> "signalAll";
                        default -> null;
                    };
            if (replacement == null) {
                return false;
            }
            place("at", called);
            control(replacement, "(Ljava/lang/Object;" + descriptor.substring(1));
            return true;
        }

        @Override
        public void visitInvokeDynamicInsn(String called, String descriptor, Handle bootstrap, Object... arguments) {
            super.visitInvokeDynamicInsn(called, descriptor, bootstrap, arguments);
        }
    }

    /** The class of the JDK whose method is called, if {@link Control} replaces the method; else {@code null}. */
    private String replacedIn(String owner, String signature) {
        String declaring = fields.declaring(owner, signature);
        return REPLACED.getOrDefault(declaring, Set.of()).contains(signature) ? declaring : null;
    }

    private static String shortName(String owner) {
        return owner.substring(owner.lastIndexOf('/') + 1);
    }

    private static boolean isShared(String owner) {
        return owner.equals("java/lang/invoke/VarHandle")
                || owner.startsWith("java/util/concurrent/atomic/")
                || owner.startsWith("java/util/concurrent/Concurrent")
                || owner.startsWith("java/util/concurrent/CopyOnWrite");
    }

    /** Memory and collections that may be shared, and then are accessed under a lock or are concurrent ones. */
    private static boolean isStorage(String owner) {
        return owner.startsWith("java/nio/") || owner.equals("java/util/Map") || owner.equals("java/util/List");
    }
}
