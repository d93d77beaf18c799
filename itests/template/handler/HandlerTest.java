package @PACKAGE@;

import io.pgfault.tck.HandlerUnderTest;
import io.pgfault.tck.SvaHandlerUnderTest;
import io.pgfault.tck.junit.HandlerConformance;

/**
 * The conformance kit: one test for every rule that binds a handler. The kit reads the service properties from the
 * component description that the build makes of the annotations of {@link Handler}.
 */
class HandlerTest extends HandlerConformance {
    @Override
    protected HandlerUnderTest open() {
        // If your handler holds groups, make a subclass here whose close() answers these groups.
        return new SvaHandlerUnderTest(new Handler(2));
    }
}
