// SPDX-License-Identifier: Apache-2.0
/** Load on a unit, measured, beside a naive framework under the same load. */
@Export
@Version("1.0.0")
package io.pgfault.bench;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
