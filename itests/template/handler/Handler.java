package @PACKAGE@;

import io.pgfault.api.ResponseCode;
import io.pgfault.api.handler.Disposition;
import io.pgfault.api.handler.FaultGroup;
import io.pgfault.api.handler.FaultHandler;
import io.pgfault.api.handler.HandlesFaults;
import io.pgfault.api.sva.AddressSpace;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * The core asks this handler before the SVA handler. Put your policy here; now the handler does what the SVA handler
 * does, and populates some pages ahead if its configuration says so.
 */
@Component(property = "service.ranking:Integer=100")
@HandlesFaults(domain_kind = "sva")
@Designate(ocd = Handler.Config.class)
public final class Handler implements FaultHandler {
    private static final long PAGE = 4096;
    private static final int MOST_AHEAD = 512;

    /** The configuration, with the PID @PACKAGE@.Handler; each property has a default. */
    @ObjectClassDefinition(name = "@PACKAGE@", description = "A fault handler.")
    public @interface Config {
        /** How far the handler looks ahead. */
        @AttributeDefinition(
                name = "Pages ahead",
                description = "Pages populated after the last page of a group, 0 to 512.",
                min = "0",
                max = "512")
        int pages_ahead() default 0;
    }

    private final int ahead;

    /** Called by Declarative Services, again after each change of the configuration. */
    @Activate
    public Handler(Config config) {
        this(config.pages_ahead());
    }

    Handler(int ahead) {
        if (ahead < 0 || ahead > MOST_AHEAD) {
            throw new IllegalArgumentException("pages.ahead is 0 to " + MOST_AHEAD + ", got " + ahead);
        }
        this.ahead = ahead;
    }

    @Override
    public Disposition handle(FaultGroup group) {
        if (!(group.domain().pageTable() instanceof AddressSpace space)) {
            return Disposition.DECLINED; // another owner's domain: the core asks the next handler
        }
        ResponseCode code = ResponseCode.SUCCESS;
        for (int i = 0; i < group.size() && code == ResponseCode.SUCCESS; i++) {
            code = space.populate(group.address(i), group.permissions(i));
        }
        int last = group.size() - 1;
        long address = group.address(last);
        int permissions = group.permissions(last);
        boolean more = code == ResponseCode.SUCCESS;
        for (int i = 1; i <= ahead && more; i++) {
            more = space.populate(address + i * PAGE, permissions) == ResponseCode.SUCCESS;
        }
        group.respond(code); // exactly once
        return Disposition.TAKEN;
    }
}
