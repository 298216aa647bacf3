package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The extension reads annotations once and keeps them in JUnit's store. */
@WithHub(fossil = false)
@WithStream(name = "ORDERS")
@ExtendWith(AnnotationsReadOnceTest.Probe.class)
class AnnotationsReadOnceTest {
  static final class Probe implements BeforeEachCallback {
    @Override
    public void beforeEach(ExtensionContext test) {
      assertThat(HubDefinitions.annotated(test)).isSameAs(HubDefinitions.annotated(test));
      ExtensionContext ofClass = Baselines.ofClass(test);
      Class<?> type = test.getRequiredTestClass();
      assertThat(HubAnnotations.on(type, test)).isSameAs(HubAnnotations.on(type, ofClass));
      assertThat(HubAnnotations.on(type, test).declarations().streams())
          .extracting(WithStream::name)
          .containsExactly("ORDERS");
    }
  }

  @Test
  void perContext(HubResource hub) {
    assertThat(hub.natsPort()).isPositive();
  }
}
