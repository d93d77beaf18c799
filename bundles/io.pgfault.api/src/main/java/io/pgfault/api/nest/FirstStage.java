// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.nest;

import org.osgi.annotation.versioning.ProviderType;

/**
 * Where a user's first stage is, and its format, in the words of the user's architecture. A user is not trusted: the
 * driver that attaches a first stage checks every field, and walks give a fault for every address that the second stage
 * doesn't map (rule N04).
 */
@ProviderType
public sealed interface FirstStage permits VtdFirstStage, Smmuv3FirstStage {}
