package @PACKAGE@;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import io.pgfault.api.sva.AddressSpace;
import org.osgi.service.component.annotations.Component;

/**
 * The core asks this handler before the SVA handler. Put your policy here; now the handler does what the SVA handler
 * does.
 */
@Component(property = "service.ranking:Integer=100")
@HandlesFaults(domain_kind = "sva")
public final class Handler implements FaultHandler {
    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace space)) {
            return Disposition.DECLINED; // another owner's domain: the core asks the next handler
        }
        ResponseCode code = ResponseCode.SUCCESS;
        for (int i = 0; i < group.size() && code == ResponseCode.SUCCESS; i++) {
            code = space.populate(group.address(i), group.permissions(i));
        }
        group.respond(code); // exactly once
        return Disposition.TAKEN;
    }
}
