// SPDX-License-Identifier: Apache-2.0
package io.pgfault.trace.replay;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgfault.api.Device;
import io.pgfault.api.Domain;
import io.pgfault.api.PageRequest;
import io.pgfault.api.Pasid;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrantingHandlerTest {
    @Test
    void everyGroupIsAnsweredSuccessOnce() {
        AnsweredGroup group = new AnsweredGroup();
        assertThat(new GrantingHandler().handle(group)).isEqualTo(Disposition.TAKEN);
        assertThat(group.answers).containsExactly(ResponseCode.SUCCESS);
    }

    private static final class AnsweredGroup implements FaultGroup {
        private final List<ResponseCode> answers = new ArrayList<>();

        @Override
        public boolean respond(ResponseCode code) {
            return answers.add(code);
        }

        @Override
        public int pasid() {
            return Pasid.NONE;
        }

        @Override
        public int id() {
            return 0;
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public long address(int i) {
            return 0;
        }

        @Override
        public int permissions(int i) {
            return 0;
        }

        @Override
        public int flags(int i) {
            return PageRequest.LAST_PAGE;
        }

        @Override
        public PageRequest request(int i) {
            return new PageRequest(flags(i), pasid(), id(), permissions(i), address(i));
        }

        @Override
        public Device device() {
            throw new UnsupportedOperationException("granted whoever asks");
        }

        @Override
        public Domain domain() {
            throw new UnsupportedOperationException("granted wherever it is attached");
        }

        @Override
        public void execute(Runnable work) {
            throw new UnsupportedOperationException("an inline handler has no work for the workers");
        }
    }
}
