// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.decode;

import io.pgfault.trace.decode.LogRecord;
import java.io.IOException;

/** Two outputs of the same records. */
record BothOutputs(DecodedOutput one, DecodedOutput other) implements DecodedOutput {
    @Override
    public void file(String name, boolean many) {
        one.file(name, many);
        other.file(name, many);
    }

    @Override
    public void accept(LogRecord record) {
        one.accept(record);
        other.accept(record);
    }

    @Override
    public void finish() throws IOException {
        one.finish();
        other.finish();
    }
}
