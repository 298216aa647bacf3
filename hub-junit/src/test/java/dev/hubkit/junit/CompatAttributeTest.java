package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.nats.release.Compatibility;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.SubjectTransform;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A hub whose NATS server behaves like an earlier release, which an annotation names. */
class CompatAttributeTest {
  @WithHub(fossil = false, compat = "2.14")
  static class Earlier {
    @Test
    void tellsAndRefusesAsThatRelease(Connection nats) {
      StreamConfiguration shortened =
          StreamConfiguration.builder()
              .name("S")
              .subjects("s.*")
              .subjectTransform(new SubjectTransform("s.*", "s.{{left(1,2)}}"))
              .build();
      assertThat(nats.getServerInfo().getVersion()).isEqualTo(Compatibility.V2_14.version());
      assertThatThrownBy(() -> nats.jetStreamManagement().addStream(shortened))
          .isInstanceOf(JetStreamApiException.class)
          .hasMessageContaining("unknown function in {{left(1,2)}}");
    }
  }

  @Test
  void choosesTheRelease() {
    TestRun.of(Earlier.class).succeeds();
  }

  @WithHub(fossil = false, compat = "2.13")
  static class Unknown {
    @Test
    void runs() {}
  }

  @Test
  void listsTheReleasesThatThereAre() {
    TestRun.of(Unknown.class)
        .failsOnceWith(List.of("@WithHub(compat = \"2.13\")", "one of \"2.14\", \"2.15\""));
  }

  @WithHub(nats = false, compat = "2.14")
  static class WithoutServer {
    @Test
    void runs() {}
  }

  @Test
  void refusesToHaveNoEffect() {
    TestRun.of(WithoutServer.class)
        .failsOnceWith(List.of("@WithHub(compat = \"2.14\")", "has no effect without NATS"));
  }
}
