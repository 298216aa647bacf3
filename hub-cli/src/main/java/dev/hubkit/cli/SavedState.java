package dev.hubkit.cli;

import dev.hubkit.Backend;
import dev.hubkit.Hub;
import dev.hubkit.HubException;
import dev.hubkit.HubException.Reason;
import dev.hubkit.HubOptions;
import dev.hubkit.HubSnapshot;
import dev.hubkit.io.TemporaryDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** A file with the saved state of a hub, such as hub-junit keeps of a failed test. */
final class SavedState {
  private final Path file;

  SavedState(Path file) {
    this.file = file;
  }

  /** Serves a copy of the state on free ports until the process is asked to end. */
  void serve(Output output) throws InterruptedException {
    HubSnapshot state = load();
    ShutdownHook termination = ShutdownHook.expected(true, ExitCode.OK.number());
    try (Hub hub = Hub.start(directory(), options(state))) {
      termination.closes(hub);
      hub.rewind(state);
      StatusReport.started(hub, output);
      hub.awaitClose();
    } finally {
      termination.closesNothing();
    }
  }

  // Deleted when the JVM ends, after the hub has been closed.
  private static Path directory() {
    try {
      return TemporaryDirectory.create("hub-open-").path();
    } catch (IOException e) {
      throw new HubException(
          Reason.INACCESSIBLE, "no temporary directory can be made: " + e.getMessage(), e);
    }
  }

  private HubSnapshot load() {
    try {
      return HubSnapshot.load(file);
    } catch (UncheckedIOException e) {
      throw new HubException(Reason.INACCESSIBLE, String.valueOf(e.getMessage()), e);
    }
  }

  // The servers that the saved hub had.
  private static HubOptions options(HubSnapshot state) {
    HubOptions.Builder options = HubOptions.forTests().toBuilder();
    if (state.repository() == null) {
      options.fossil(Backend.off());
    }
    if (state.nats() == null) {
      options.nats(Backend.off());
    }
    return options.build();
  }
}
