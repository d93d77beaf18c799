// SPDX-License-Identifier: Apache-2.0
package io.pgfault.sva.internal.bind;

import static io.pgfault.api.PageRequest.LAST_PAGE;
import static io.pgfault.api.PageRequest.PASID_VALID;
import static io.pgfault.api.Permissions.READ;
import static io.pgfault.api.Permissions.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.sun.management.ThreadMXBean;
import io.pgfault.api.PageRequest;
import io.pgfault.api.PageTable;
import io.pgfault.api.ResponseCode;
import io.pgfault.api.Translation;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.sva.AddressSpace;
import io.pgfault.api.sva.Area;
import io.pgfault.api.sva.Sva;
import io.pgfault.sva.internal.memory.SystemMemory;
import io.pgfault.sva.internal.space.ProcessAddressSpace;
import io.pgfault.tck.core.StrictDomain;
import io.pgfault.tck.handler.OfferedGroup;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;

class SvaHandlerTest {
    private static final long MISSING = 0x9000;
    private static final int LOOKS = 100_000;

    private final SvaHandler handler = new SvaHandler();
    private final AddressSpace space = new ProcessAddressSpace(
            "a",
            List.of(new Area(0x1000, 0x4fff, READ | WRITE, false, 0, ""), new Area(0x5000, 0x5fff, READ, false, 0, "")),
            new SystemMemory());

    private static PageRequest request(long address, int permissions) {
        return new PageRequest(PASID_VALID, 1, 3, permissions, address);
    }

    private static PageRequest last(long address, int permissions) {
        return new PageRequest(PASID_VALID | LAST_PAGE, 1, 3, permissions, address);
    }

    private static OfferedGroup group(PageTable pageTable, PageRequest... requests) {
        return OfferedGroup.of(new StrictDomain(Sva.DOMAIN_KIND, "space", pageTable, false), requests);
    }

    private ResponseCode answer(PageRequest... requests) {
        OfferedGroup group = group(space, requests);
        assertThat(handler.handle(group)).isEqualTo(Disposition.TAKEN);
        group.verify();
        return group.answer();
    }

    private boolean mapped(long address) {
        return space.walk(address) != Translation.NONE;
    }

    @Test
    void s02_populatesEveryPageAndAnswersSuccess() {
        assertThat(answer(request(0x1000, READ), request(0x2000, WRITE), last(0x5000, READ)))
                .isEqualTo(ResponseCode.SUCCESS);
        assertThat(Translation.grants(space.walk(0x1fff), READ)).isTrue();
        assertThat(Translation.grants(space.walk(0x2000), READ | WRITE)).isTrue();
        assertThat(mapped(0x5000)).isTrue();
        assertThat(space.populatedPages()).isEqualTo(3);
    }

    @Test
    void s02_noAreaIsInvalid() {
        assertThat(answer(last(MISSING, READ))).isEqualTo(ResponseCode.INVALID);
    }

    @Test
    void s02_permissionThatTheAreaDoesNotGrantIsInvalid() {
        assertThat(answer(last(0x5000, READ | WRITE))).isEqualTo(ResponseCode.INVALID);
        assertThat(mapped(0x5000)).isFalse();
    }

    @Test
    void s02_requestWithoutPasidIsInvalid() {
        assertThat(answer(new PageRequest(LAST_PAGE, 1, 3, READ, 0x1000))).isEqualTo(ResponseCode.INVALID);
        assertThat(mapped(0x1000)).isFalse();
    }

    @Test
    void s02_n02_faultOfASecondStageNeedsNoPasid() {
        OfferedGroup group =
                group(space, new PageRequest(LAST_PAGE, 1, 3, READ, 0x1000)).atSecondStage();
        assertThat(handler.handle(group)).isEqualTo(Disposition.TAKEN);
        assertThat(group.answer()).isEqualTo(ResponseCode.SUCCESS);
        assertThat(mapped(0x1000)).isTrue();
    }

    @Test
    void s02_addressSpaceThatIsGoneIsInvalid() {
        space.close();
        assertThat(answer(last(0x1000, READ))).isEqualTo(ResponseCode.INVALID);
    }

    @Test
    void s03_afterTheFirstFailureTheRestIsNotTried() {
        assertThat(answer(request(0x1000, READ), request(MISSING, READ), last(0x2000, READ)))
                .isEqualTo(ResponseCode.INVALID);
        assertThat(mapped(0x1000)).isTrue();
        assertThat(mapped(0x2000)).isFalse();
    }

    @Test
    void s03_theGroupGetsTheCodeOfTheFirstFailure() {
        AddressSpace failing =
                new OtherSpace(address -> address == 0x2000 ? ResponseCode.FAILURE : ResponseCode.SUCCESS);
        OfferedGroup group = group(failing, request(0x1000, READ), request(0x2000, READ), last(0x3000, READ));
        handler.handle(group);
        assertThat(group.answer()).isEqualTo(ResponseCode.FAILURE);
    }

    @Test
    void s05_aGroupOfResidentPages_isAnsweredByTheWorkerThatCalls() {
        answer(last(0x1000, READ));
        answer(last(0x2000, WRITE));
        OfferedGroup group = group(space, request(0x1000, READ), last(0x2000, READ | WRITE));
        handler.handle(group);
        assertThat(group.answer()).isEqualTo(ResponseCode.SUCCESS);
        assertThat(group.executed()).as("asked for another worker").isZero();
    }

    @Test
    void s05_aPageThatIsNotResident_isPopulatedByTheWorkerThatCalls() {
        answer(last(0x1000, READ));
        OfferedGroup group = group(space, request(0x1000, READ), last(0x2000, READ));
        handler.handle(group);
        assertThat(group.answer()).isEqualTo(ResponseCode.SUCCESS);
        assertThat(group.executed()).as("asked for another worker").isZero();
    }

    @Test
    void s05_aWriteToAPageThatIsMappedForReading_isPopulatedByTheWorkerThatCalls() {
        answer(last(0x1000, READ));
        OfferedGroup group = group(space, last(0x1000, WRITE));
        handler.handle(group);
        assertThat(group.answer()).isEqualTo(ResponseCode.SUCCESS);
        assertThat(group.executed()).as("asked for another worker").isZero();
        assertThat(Translation.grants(space.walk(0x1000), WRITE)).isTrue();
    }

    @Test
    void s05_lookingForResidentPages_allocatesNothing() {
        space.populate(0x1000, READ);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long resident = 0;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < LOOKS; i++) {
            resident += space.isResident(0x1000, READ) && space.populate(0x1000, READ) == ResponseCode.SUCCESS ? 1 : 0;
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(resident).isEqualTo(LOOKS);
        assertThat(allocated).as("bytes for %d looks", LOOKS).isLessThan(LOOKS);
    }

    @Test
    void declinesADomainWhosePageTableIsNoAddressSpace() {
        OfferedGroup group = group(PageTable.EMPTY, last(0x1000, READ));
        assertThat(handler.handle(group)).isEqualTo(Disposition.DECLINED);
        assertThat(group.answer()).isNull();
    }

    @Test
    void c09_aGroupAnsweredMeanwhileKeepsItsAnswerAndIsNoFailure() {
        OfferedGroup[] group = new OfferedGroup[1];
        AddressSpace slow = new OtherSpace(address -> {
            group[0].answeredByCore();
            return ResponseCode.SUCCESS;
        });
        group[0] = group(slow, request(0x1000, READ), last(0x2000, READ));
        assertThat(handler.handle(group[0])).isEqualTo(Disposition.TAKEN);
        assertThat(group[0].answer()).isEqualTo(ResponseCode.INVALID);
    }

    @Test
    void c08_anAddressSpaceThatFailsIsSeen() {
        AddressSpace broken = new OtherSpace(address -> {
            throw new IllegalStateException("broken");
        });
        OfferedGroup group = group(broken, last(0x1000, READ));
        assertThatIllegalStateException()
                .isThrownBy(() -> handler.handle(group))
                .withMessage("broken");
        assertThat(group.answer()).isEqualTo(ResponseCode.FAILURE);
    }

    /** An address space of another bundle. */
    private record OtherSpace(LongFunction<ResponseCode> populate) implements AddressSpace {
        @Override
        public String name() {
            return "other";
        }

        @Override
        public List<Area> areas() {
            return List.of();
        }

        @Override
        public Optional<Area> find(long address) {
            return Optional.empty();
        }

        @Override
        public ResponseCode populate(long address, int permissions) {
            return populate.apply(address);
        }

        @Override
        public long populatedPages() {
            return 0;
        }

        @Override
        public long walk(long address) {
            return Translation.NONE;
        }

        @Override
        public void close() {}
    }
}
