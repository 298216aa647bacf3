package dev.hubkit.junit;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.content.RepositoryImage;
import dev.hubkit.junit.stub.StubFiles;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;

/**
 * The declared state that was created in a running hub, and how to delete it again. Nothing here
 * needs the NATS client, because tests of the repository may run without it.
 */
final class DeclaredState {
  private final HubResource hub;
  private final Deque<Runnable> undo = new ArrayDeque<>();

  private DeclaredState(HubResource hub) {
    this.hub = hub;
  }

  /** Creates the declared state; if something fails, undoes what was created before. */
  static DeclaredState apply(Declarations declarations, HubResource hub) {
    DeclaredState state = new DeclaredState(hub);
    boolean done = false;
    try {
      state.create(declarations);
      done = true;
      return state;
    } finally {
      if (!done) {
        state.undo();
      }
    }
  }

  private void create(Declarations declarations) {
    declarations
        .natsConfig()
        .ifPresent(
            config -> {
              throw new ExtensionConfigurationException(
                  "The NATS server of "
                      + hub
                      + " already runs, so @WithNatsConfig(\""
                      + config.value()
                      + "\") comes too late: put @WithHub beside it, for a hub of its own");
            });
    for (WithUser user : declarations.users()) {
      hub.users().add(user);
      undo.push(() -> hub.users().remove(user));
    }
    for (WithFixture fixture : declarations.fixtures()) {
      undo.push(DeclaredFixture.of(fixture).restore(hub));
    }
    declarations.stubs().forEach(this::create);
    if (declarations.hasStreams()) {
      NatsClient.require(
          "@WithStream, @WithConsumer, @WithBucket and @WithObjectStore are created");
      new DeclaredStreams(hub, undo::push).create(declarations);
    }
    declarations.seed().ifPresent(this::create);
  }

  private void create(WithStubs stubs) {
    try {
      StubFiles files = hub.stubs().load(stubs.value());
      undo.push(files::close);
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new ExtensionConfigurationException(
          DeclarationChecks.name(stubs) + " cannot be declared: " + e.getMessage(), e);
    }
  }

  private void create(WithSeed seed) {
    hub.requireOwn(Service.FOSSIL, "a seeded repository");
    RepositoryImage before = hub.repository().image();
    undo.push(() -> hub.repository().rewind(before));
    Commit commit = new Commit("hub", "seed").allowEmpty();
    try {
      Seeds.files(seed).forEach((name, content) -> commit.put(name, content));
      hub.repository().commit(commit);
    } catch (IOException e) {
      throw new ExtensionConfigurationException(
          "@WithSeed cannot be committed in " + hub + ": " + e.getMessage(), e);
    }
  }

  /** Deletes what was created, the last first. */
  void undo() {
    @Nullable RuntimeException failure = null;
    while (!undo.isEmpty()) {
      try {
        undo.pop().run();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
