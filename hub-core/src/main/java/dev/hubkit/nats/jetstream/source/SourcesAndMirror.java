package dev.hubkit.nats.jetstream.source;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamSource;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.runtime.SourcePositions;
import dev.hubkit.nats.jetstream.store.StoredMessage;
import dev.hubkit.nats.jetstream.store.StreamStore;
import dev.hubkit.nats.jetstream.store.SubjectFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The mirror and the sources of a stream. Confined to the stream's executor. */
public final class SourcesAndMirror {
  private final SourceContext stream;
  private final List<SourceConsumer> sources = new ArrayList<>();
  private @Nullable SourceConsumer mirror;
  private boolean replicated;

  /** How far the sources are read as far as that is durable, whatever became of the messages. */
  private SourcePositions safe = SourcePositions.NONE;

  public SourcesAndMirror(SourceContext stream) {
    this.stream = stream;
  }

  /** Starts and stops sources as the configuration says; unchanged ones continue. */
  public void update(WorkBatch batch) {
    StreamConfig config = stream.config();
    if (config.mirror() == null && mirror != null) {
      mirror.stop();
      mirror = null;
    } else if (config.mirror() != null && mirror == null) {
      mirror = new SourceConsumer(stream, config.mirror(), true);
      mirror.start(new SourcePositions.Position(stream.store().lastSequence(), ""), batch);
    }
    sources.removeIf(
        feed -> {
          boolean gone = !config.sources().contains(feed.source());
          if (gone) {
            feed.stop();
          }
          return gone;
        });
    List<SourceConsumer> added = new ArrayList<>();
    for (StreamSource source : config.sources()) {
      if (sources.stream().noneMatch(feed -> feed.source().equals(source))) {
        added.add(new SourceConsumer(stream, source, false));
      }
    }
    sources.addAll(added);
    startSources(added, batch);
  }

  /** Recovers what was written of {@link #positions}, before the first {@link #update}. */
  public void recover(SourcePositions written) {
    safe = written;
  }

  /** Returns how far the sources are read, as far as that is durable. */
  public SourcePositions positions() {
    return safe;
  }

  /** Has the leader alone read, and all replicas keep how far it has read. */
  public void replicate() {
    replicated = true;
  }

  /** Returns whether a message of a source is stored already. */
  public boolean has(String source, SourcePositions.Position position) {
    SourcePositions.Position known = safe.positions().get(source);
    return known != null
        && known.identity().equals(position.identity())
        && known.sequence() >= position.sequence();
  }

  /** Notes that all replicas have stored a message of a source. */
  public void reached(String source, SourcePositions.Position position) {
    Map<String, SourcePositions.Position> positions = new HashMap<>(safe.positions());
    positions.put(source, position);
    safe = new SourcePositions(positions, stream.store().lastSequence());
  }

  /** Has the mirror or a source read again what the replicas could not store. */
  public void readAgain(@Nullable String source) {
    if (source == null) {
      if (mirror != null) {
        mirror.readAgain(new SourcePositions.Position(stream.store().lastSequence(), ""));
      }
      return;
    }
    for (SourceConsumer feed : sources) {
      if (feed.source().indexName().equals(source)) {
        feed.readAgain(safe.positions().getOrDefault(source, SourcePositions.Position.START));
      }
    }
  }

  /** Stops to read, until the next {@link #update}. */
  public void pause() {
    stop();
    mirror = null;
    sources.clear();
  }

  /** Notes that everything that was stored so far is durable. */
  public void committed() {
    if (replicated) {
      return;
    }
    boolean changed = false;
    for (int i = 0; i < sources.size(); i++) {
      changed |= sources.get(i).takeChanged();
    }
    if (!changed) {
      return;
    }
    Map<String, SourcePositions.Position> positions = new HashMap<>();
    for (SourceConsumer feed : sources) {
      if (feed.stored().sequence() > 0) {
        positions.put(feed.source().indexName(), feed.stored());
      }
    }
    safe = new SourcePositions(positions, stream.store().lastSequence());
  }

  /**
   * Starts sources where their newest stored message ends, and otherwise where they are known to
   * have been.
   */
  private void startSources(List<SourceConsumer> feeds, WorkBatch batch) {
    Map<SourceConsumer, SourcePositions.Position> reached = new HashMap<>();
    Set<SourceConsumer> open = new HashSet<>(feeds);
    StreamStore store = stream.store();
    long at = store.lastSequence();
    if (safe.upTo() > at) {
      // Messages were lost, so they must be read again.
      safe = SourcePositions.NONE;
    }
    StoredMessage message = null;
    while (!open.isEmpty()) {
      message = at < 1 ? null : store.previous(SubjectFilter.ALL, at);
      if (message == null || message.sequence() <= safe.upTo()) {
        takeKnown(open, reached);
      }
      if (message == null) {
        break;
      }
      String origin =
          message.headerLength() == 0
              ? ""
              : PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength())
                  .text(Name.STREAM_SOURCE);
      if (!origin.isEmpty()) {
        open.removeIf(
            feed -> {
              SourcePositions.Position position = feed.positionIn(origin);
              if (position.sequence() > 0) {
                reached.put(feed, position);
              }
              return position.sequence() > 0;
            });
      }
      at = message.sequence() - 1;
    }
    for (SourceConsumer feed : feeds) {
      feed.start(reached.getOrDefault(feed, SourcePositions.Position.START), batch);
    }
  }

  private void takeKnown(
      Set<SourceConsumer> open, Map<SourceConsumer, SourcePositions.Position> reached) {
    open.removeIf(
        feed -> {
          SourcePositions.Position known = safe.positions().get(feed.source().indexName());
          if (known != null) {
            reached.put(feed, known);
          }
          return known != null;
        });
  }

  /**
   * Restarts the mirror and all sources from what is stored, because messages of this round were
   * lost.
   */
  public void restart(WorkBatch batch) {
    if (mirror != null) {
      mirror.start(new SourcePositions.Position(stream.store().lastSequence(), ""), batch);
    }
    startSources(sources, batch);
  }

  /** Notes that a stream of this name was created. */
  public void onStreamCreated(String name, WorkBatch batch) {
    if (mirror != null) {
      mirror.onStreamCreated(name, batch);
    }
    sources.forEach(feed -> feed.onStreamCreated(name, batch));
  }

  /**
   * Writes the fields {@code mirror} and {@code sources} of the stream's info, as far as there are
   * any.
   */
  public void writeTo(JsonWriter out) {
    if (mirror != null) {
      out.beginObject("mirror");
      mirror.writeTo(out);
      out.endObject();
    }
    if (!sources.isEmpty()) {
      out.beginArray("sources");
      for (SourceConsumer feed : sources) {
        out.beginObject();
        feed.writeTo(out);
        out.endObject();
      }
      out.endArray();
    }
  }

  public void stop() {
    if (mirror != null) {
      mirror.stop();
    }
    sources.forEach(SourceConsumer::stop);
  }
}
