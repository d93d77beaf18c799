// SPDX-License-Identifier: Apache-2.0
package io.pgfault.api.nest;

import org.osgi.annotation.versioning.ProviderType;

/** What a user has changed in its first stage, in the words of the user's architecture (rules N03, T05). */
@ProviderType
public sealed interface FirstStageInvalidation permits VtdInvalidation, Smmuv3Invalidation {}
