package dev.hubkit.junit;

import dev.hubkit.HubSnapshot;
import dev.hubkit.fixture.Fixture;
import dev.hubkit.fossil.content.RepositoryImage;
import dev.hubkit.nats.NatsSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/** The fixture of a {@link WithFixture}. Needs no NATS client. */
final class DeclaredFixture {
  private final WithFixture declaration;
  private final Fixture fixture;

  private DeclaredFixture(WithFixture declaration, Fixture fixture) {
    this.declaration = declaration;
    this.fixture = fixture;
  }

  /** Reads the fixture that an annotation names. */
  static DeclaredFixture of(WithFixture declaration) {
    try {
      return new DeclaredFixture(declaration, FixtureFiles.load(declaration.value()));
    } catch (IOException | UncheckedIOException e) {
      throw rejected(declaration, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Restores the state of the fixture in a hub.
   *
   * @return what removes it again
   */
  Runnable restore(HubResource hub) {
    NatsSnapshot streams = streams();
    RepositoryImage repository = fixture.state().map(HubSnapshot::repository).orElse(null);
    if (streams.isEmpty() && repository == null) {
      throw rejected(
          declaration,
          fixture.messages().isEmpty()
              ? "it is empty"
              : "it has recorded messages, but no state to restore: publish them with"
                  + " hub.replay(…), or record streams, too, with hub record --streams",
          null);
    }
    String name = DeclarationChecks.name(declaration);
    boolean takesStreams = !streams.isEmpty() && hub.hub().owner().nats() != null;
    boolean takesRepository = repository != null && hub.hub().owner().fossil() != null;
    if (!takesStreams && !takesRepository) {
      DeclarationChecks.requireService(
          hub, streams.isEmpty() ? Service.FOSSIL : Service.NATS, name);
    }
    Runnable undoStreams = takesStreams ? add(streams, hub) : () -> {};
    boolean done = false;
    try {
      Runnable undoRepository =
          takesRepository && repository != null ? replace(repository, hub) : () -> {};
      done = true;
      return () -> {
        try {
          undoRepository.run();
        } finally {
          undoStreams.run();
        }
      };
    } finally {
      if (!done) {
        undoStreams.run();
      }
    }
  }

  private NatsSnapshot streams() {
    NatsSnapshot streams = fixture.state().map(HubSnapshot::nats).orElse(null);
    return streams == null ? new NatsSnapshot(Map.of()) : streams;
  }

  private Runnable add(NatsSnapshot recorded, HubResource hub) {
    hub.requireOwn(Service.NATS, "the streams of a fixture");
    Instant now = hub.started().controls().clock().now();
    NatsSnapshot streams =
        declaration.shiftTimes()
            ? recorded.shifted(Duration.between(fixture.info().begin(), now))
            : recorded;
    String expired = streams.expiredAt(now);
    if (!expired.isEmpty()) {
      throw rejected(
          declaration,
          expired
              + " are older now than they may become, and would be removed at once: move all times"
              + " with shiftTimes = true",
          null);
    }
    try {
      hub.hub().nats().addStreams(streams);
      return () -> hub.hub().nats().removeStreams(streams);
    } catch (IllegalArgumentException e) {
      throw rejected(declaration, e.getMessage() + " in " + hub, e);
    }
  }

  private static Runnable replace(RepositoryImage repository, HubResource hub) {
    hub.requireOwn(Service.FOSSIL, "the repository of a fixture");
    RepositoryImage before = hub.repository().image();
    hub.repository().rewind(repository);
    return () -> hub.repository().rewind(before);
  }

  private static ExtensionConfigurationException rejected(
      WithFixture declaration, String why, @Nullable Exception cause) {
    return new ExtensionConfigurationException(
        DeclarationChecks.name(declaration) + ": " + why, cause);
  }
}
