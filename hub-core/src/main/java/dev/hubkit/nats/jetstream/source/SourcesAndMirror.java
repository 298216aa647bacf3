package dev.hubkit.nats.jetstream.source;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamSource;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
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

  public SourcesAndMirror(SourceContext stream) {
    this.stream = stream;
  }

  /** Makes the feeds those of the configuration; the ones that stay go on. */
  public void update(WorkBatch batch) {
    StreamConfig config = stream.config();
    if (config.mirror() == null && mirror != null) {
      mirror.stop();
      mirror = null;
    } else if (config.mirror() != null && mirror == null) {
      mirror = new SourceConsumer(stream, config.mirror(), true);
      mirror.start(stream.store().lastSequence(), batch);
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

  // The newest message from a source says where to go on.
  private void startSources(List<SourceConsumer> feeds, WorkBatch batch) {
    Map<SourceConsumer, Long> reached = new HashMap<>();
    Set<SourceConsumer> open = new HashSet<>(feeds);
    StreamStore store = stream.store();
    StoredMessage message =
        open.isEmpty() ? null : store.previous(SubjectFilter.ALL, store.lastSequence());
    while (message != null && !open.isEmpty()) {
      String origin =
          message.headerLength() == 0
              ? ""
              : PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength())
                  .text(Name.STREAM_SOURCE);
      if (!origin.isEmpty()) {
        open.removeIf(
            feed -> {
              long sequence = feed.sequenceIn(origin);
              if (sequence > 0) {
                reached.put(feed, sequence);
              }
              return sequence > 0;
            });
      }
      message =
          message.sequence() <= 1
              ? null
              : store.previous(SubjectFilter.ALL, message.sequence() - 1);
    }
    for (SourceConsumer feed : feeds) {
      feed.start(reached.getOrDefault(feed, 0L), batch);
    }
  }

  /** What was taken in this round could not be written: all begin again from what is there. */
  public void restart(WorkBatch batch) {
    if (mirror != null) {
      mirror.start(stream.store().lastSequence(), batch);
    }
    startSources(sources, batch);
  }

  /** A stream of this name has come into being. */
  public void onStreamCreated(String name, WorkBatch batch) {
    if (mirror != null) {
      mirror.onStreamCreated(name, batch);
    }
    sources.forEach(feed -> feed.onStreamCreated(name, batch));
  }

  /** Writes {@code mirror} and {@code sources} of the stream's info, where there are any. */
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
