package dev.hubkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubkit.Backend;
import io.nats.client.Connection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Closes hubs that others depend on. */
class DependentsTest {
  private final TestHub started = TestHub.start(options -> options.fossil(Backend.off()));
  private final HubResource hub = started.hub();
  private final List<String> closed = new ArrayList<>();

  /** Needs the hub to close. */
  private AutoCloseable dependent(String name) {
    return () -> {
      try (Connection connection = hub.connect()) {
        connection.flush(HubResource.SLOW_MACHINE);
        closed.add(name);
      }
    };
  }

  @Test
  void areClosedBeforeTheHub() {
    AutoCloseable gone = dependent("gone");
    hub.dependents().add(dependent("first"));
    hub.dependents().add(gone);
    hub.dependents().add(dependent("last"));
    hub.dependents().remove(gone);
    started.close();
    assertThat(closed).containsExactly("last", "first");
    started.close();
    assertThat(closed).hasSize(2);
  }

  @Test
  void theHubStopsThoughOneFails() {
    hub.dependents().add(dependent("other"));
    hub.dependents()
        .add(
            () -> {
              throw new IOException("stuck");
            });
    assertThatThrownBy(started::close)
        .hasMessageContaining("did not close before its hub")
        .hasRootCauseMessage("stuck");
    assertThat(closed).containsExactly("other");
    assertThat(hub.root()).doesNotExist();
  }
}
