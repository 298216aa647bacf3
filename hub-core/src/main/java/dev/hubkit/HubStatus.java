package dev.hubkit;

import dev.hubkit.workspace.Endpoint;
import dev.hubkit.workspace.Owner;
import dev.hubkit.workspace.UpstreamState;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a hub is at one moment.
 *
 * @param state whether it runs
 * @param root the directory it belongs to
 * @param owner the process that runs it; null when no process does
 * @param upstreams how it and its upstreams are connected, while its servers answer
 * @param problem what is wrong, in one line for the user; null when nothing is
 */
public record HubStatus(
    State state,
    Path root,
    @Nullable Owner owner,
    List<UpstreamState> upstreams,
    @Nullable String problem) {
  public HubStatus {
    upstreams = List.copyOf(upstreams);
  }

  /** The status of a hub without upstreams, or whose servers do not answer. */
  public HubStatus(State state, Path root, @Nullable Owner owner, @Nullable String problem) {
    this(state, root, owner, List.of(), problem);
  }

  /** The states of a hub. */
  public enum State {
    /** No process runs it. */
    STOPPED,
    /** A process starts its servers. */
    STARTING,
    /** Its servers answer. */
    RUNNING,
    /** A process stops its servers. */
    STOPPING,
    /** A process owns it, but a server does not answer. */
    UNRESPONSIVE
  }

  /** Returns whether its servers answer. */
  public boolean running() {
    return state == State.RUNNING;
  }

  /** The process that runs it; -1 when no process does. */
  public long pid() {
    return owner == null ? -1 : owner.pid();
  }

  /** Where Fossil is served; null when it is not. */
  public @Nullable Endpoint fossil() {
    return owner == null ? null : owner.fossil();
  }

  /** Where NATS is served; null when it is not. */
  public @Nullable Endpoint nats() {
    return owner == null ? null : owner.nats();
  }

  /** When it was started; null when it does not run. */
  public @Nullable Instant since() {
    return owner == null ? null : owner.since();
  }
}
