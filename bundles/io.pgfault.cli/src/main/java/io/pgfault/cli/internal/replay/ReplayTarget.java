// SPDX-License-Identifier: Apache-2.0
package io.pgfault.cli.internal.replay;

import io.pgfault.api.bus.Endpoint;
import io.pgfault.api.bus.Unit;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.cli.internal.console.BadInput;
import io.pgfault.cli.internal.platform.Backend;
import io.pgfault.cli.internal.platform.BuiltInPlatform;
import io.pgfault.cli.internal.platform.EndpointKind;
import io.pgfault.cli.internal.platform.Platform;
import io.pgfault.cli.internal.platform.PlatformFile;
import io.pgfault.trace.TraceFormat;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where a replay goes: the unit, and for memory accesses the device and the address space.
 *
 * @param endpoint the device that makes memory accesses; empty for recorded faults
 * @param space the process of the device; empty for recorded faults
 */
record ReplayTarget(Unit unit, Optional<Endpoint> endpoint, Optional<AddressSpace> space) {
    /**
     * Makes the platform of a replay: the platform of {@code --platform}; else the running platform; else a platform of
     * one unit and, for memory accesses, one device and one process.
     *
     * @return what takes the configurations of the replay away again
     * @throws BadInput if the options don't fit the platform
     */
    static Platform.Configured configure(
            Platform platform, ReplayOptions options, TraceFormat format, Backend backend, Maps maps)
            throws IOException, InterruptedException {
        EndpointKind endpoint = options.endpoint(format, backend);
        boolean given = options.platform().isPresent() || !platform.units().isEmpty();
        if (given && options.namesEndpoint()) {
            throw new BadInput("--endpoint: the platform says what its devices are");
        }
        if (options.platform().isPresent()) {
            return platform.configure(PlatformFile.read(options.platform().get()));
        }
        if (given) {
            return Platform.Configured.running();
        }
        if (!format.accesses()) {
            return platform.configure(BuiltInPlatform.unit(backend));
        }
        int pasid = maps.grantAll() ? -1 : maps.files().keySet().iterator().next();
        return platform.configure(BuiltInPlatform.process(
                backend, endpoint, maps.files().values().stream().findFirst(), pasid));
    }

    /**
     * Finds the one unit, device and address space that the replay can go through.
     *
     * @throws BadInput if there is none, or more than one
     */
    static ReplayTarget find(
            Platform platform,
            Platform.Configured configured,
            ReplayOptions options,
            TraceFormat format,
            Backend backend)
            throws BadInput {
        boolean any = !options.namesBackend() && Backend.of(format).isEmpty();
        List<Unit> units = platform.units().stream()
                .filter(unit -> any || unit.kind().equals(backend.kind()))
                .filter(unit -> configured.offers(unit))
                .toList();
        if (!format.accesses()) {
            if (units.size() != 1) {
                throw new BadInput("%s needs one unit of kind %s, the platform has %d"
                        .formatted(format.cliName(), backend, units.size()));
            }
            return new ReplayTarget(units.get(0), Optional.empty(), Optional.empty());
        }
        List<Endpoint> endpoints = platform.endpoints().stream()
                .filter(e ->
                        units.stream().anyMatch(u -> u.name().equals(e.device().unit())))
                .toList();
        if (endpoints.size() != 1) {
            throw new BadInput("memory accesses need one device%s, the platform has %d: %s"
                    .formatted(
                            any ? "" : " behind a unit of kind " + backend,
                            endpoints.size(),
                            endpoints.stream().map(Endpoint::name).collect(Collectors.joining(", "))));
        }
        Endpoint endpoint = endpoints.get(0);
        Unit unit = units.stream()
                .filter(u -> u.name().equals(endpoint.device().unit()))
                .findFirst()
                .orElseThrow();
        return new ReplayTarget(unit, Optional.of(endpoint), Optional.of(space(platform, configured)));
    }

    private static AddressSpace space(Platform platform, Platform.Configured configured) throws BadInput {
        List<AddressSpace> spaces = platform.spaces().stream()
                .filter(space -> configured.offers(space))
                .toList();
        if (spaces.size() != 1) {
            throw new BadInput("memory accesses need one address space, the platform has " + spaces.size());
        }
        return spaces.get(0);
    }

    /** Returns the names of what a replay goes through, for its title. */
    String through() {
        return endpoint.map(e -> e.name() + " and ").orElse("") + unit.name();
    }
}
