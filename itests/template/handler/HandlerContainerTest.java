package @PACKAGE@;

import io.pgfault.api.sva.Sva;
import io.pgfault.tck.container.TestContainer;
import io.pgfault.tck.handler.HandlerKit;
import io.pgfault.tck.handler.HandlerService;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** The conformance kit in an OSGi container: the service of the built bundle, in address spaces as they ship. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HandlerContainerTest {
    private TestContainer container;

    @BeforeAll
    void start() throws Exception {
        container = TestContainer.start(Path.of("target/classes"));
    }

    @AfterAll
    void stop() throws Exception {
        container.close();
    }

    @TestFactory
    Stream<DynamicTest> handlerKeeps() throws Exception {
        Sva spaces = container.service(Sva.class);
        return new HandlerKit(HandlerService.of(container.context(), container.bundle(), spaces))
                .checks().stream().map(check -> DynamicTest.dynamicTest(check.toString(), check::run));
    }
}
