// SPDX-License-Identifier: Apache-2.0
package io.pgfault.core.internal;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.driver.IommuDriver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A driver that keeps what it was told. */
class RecordingDriver implements IommuDriver {
    record Response(String device, int pasid, int groupId, long private0, long private1, ResponseCode code) {}

    private final List<Response> responses = new CopyOnWriteArrayList<>();
    private final List<String> domains = new CopyOnWriteArrayList<>();

    @Override
    public void pageResponse(Device device, int pasid, int groupId, long private0, long private1, ResponseCode code) {
        responses.add(new Response(device.name(), pasid, groupId, private0, private1, code));
    }

    @Override
    public void attach(Device device, int pasid, Domain domain) {
        domains.add("attach " + device.name() + " " + pasid + " " + domain.name());
    }

    @Override
    public void detach(Device device, int pasid) {
        domains.add("detach " + device.name() + " " + pasid);
    }

    /** The responses so far, in order. */
    List<Response> responses() {
        return responses;
    }

    /** The codes of the responses so far, in order. */
    List<ResponseCode> codes() {
        return responses.stream().map(Response::code).toList();
    }

    /** The group ids of the responses so far, in order. */
    List<Integer> groups() {
        return responses.stream().map(Response::groupId).toList();
    }

    /** What was attached and detached so far, in order. */
    List<String> domains() {
        return domains;
    }
}
