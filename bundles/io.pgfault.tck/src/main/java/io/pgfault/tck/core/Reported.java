// SPDX-License-Identifier: Apache-2.0
package io.pgfault.tck.core;

import io.pgfault.api.Device;
import io.pgfault.api.PageRequest;

/** One request that a driver reported or rejected. */
public record Reported(Device device, PageRequest request) {}
