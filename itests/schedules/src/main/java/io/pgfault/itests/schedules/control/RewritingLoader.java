// SPDX-License-Identifier: Apache-2.0
package io.pgfault.itests.schedules.control;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Loads the classes of this project once more, rewritten; every other class comes from the parent. Any thread. */
final class RewritingLoader extends ClassLoader {
    private static final String PROJECT = "io.pgfault.";
    private static final String CONTROL = Control.class.getPackageName() + ".";

    private final Fields fields = new Fields(this::bytes);

    RewritingLoader(ClassLoader parent) {
        super(parent);
    }

    private static boolean rewrites(String name) {
        return name.startsWith(PROJECT) && !name.startsWith(CONTROL);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!rewrites(name)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded != null) {
                return loaded;
            }
            byte[] original = bytes(name.replace('.', '/'));
            if (original == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] rewritten = Rewriter.rewrite(original, fields);
            return defineClass(name, rewritten, 0, rewritten.length);
        }
    }

    private byte[] bytes(String internalName) {
        if (!rewrites(internalName.replace('/', '.'))) {
            return null;
        }
        try (InputStream in = getParent().getResourceAsStream(internalName + ".class")) {
            return in == null ? null : in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
