package dev.hubkit.junit.replay;

import dev.hubkit.fixture.Fixture;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.credential.ClientCredentials;
import dev.hubkit.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The running replays of a hub. Thread-safe. */
@SuppressWarnings("exports") // the packages of the servers
public final class Replays {
  private final TimeSource time;
  private final Supplier<NatsServer> server;
  private final Supplier<@Nullable ClientCredentials> credentials;
  private final List<RunningReplay> running = new ArrayList<>();

  /**
   * Makes the replays of a hub.
   *
   * @param server returns the NATS server
   * @param credentials returns what to log in with; null for nothing
   */
  public Replays(
      TimeSource time,
      Supplier<NatsServer> server,
      Supplier<@Nullable ClientCredentials> credentials) {
    this.time = time;
    this.server = server;
    this.credentials = credentials;
  }

  /** Returns the messages of a fixture, to be published. */
  public Replay of(Fixture fixture) {
    return Replay.of(this, fixture);
  }

  RunningReplay start(List<ScheduledMessage> messages, Pace pace) {
    RunningReplay replay = new RunningReplay(time, messages, pace, server.get(), credentials.get());
    synchronized (running) {
      running.removeIf(RunningReplay::isDone);
      running.add(replay);
    }
    replay.start();
    return replay;
  }

  /** Stops all. */
  public void stop() {
    List<RunningReplay> all;
    synchronized (running) {
      all = List.copyOf(running);
      running.clear();
    }
    all.forEach(RunningReplay::stop);
  }
}
