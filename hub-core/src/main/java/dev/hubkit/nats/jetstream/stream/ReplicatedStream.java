package dev.hubkit.nats.jetstream.stream;

import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.publish.MessageAppender;
import dev.hubkit.nats.jetstream.publish.MirrorAppender;
import dev.hubkit.nats.jetstream.runtime.StreamCommand;
import dev.hubkit.nats.jetstream.source.SourcesAndMirror;
import dev.hubkit.nats.jetstream.store.StreamStore;

/** Does what commands say to the messages of a stream. Confined to the stream's executor. */
final class ReplicatedStream {
  private final StreamStore store;
  private final MessageAppender appender;
  private final MirrorAppender mirror;
  private final SourcesAndMirror sources;

  ReplicatedStream(
      StreamStore store,
      MessageAppender appender,
      MirrorAppender mirror,
      SourcesAndMirror sources) {
    this.store = store;
    this.appender = appender;
    this.mirror = mirror;
    this.sources = sources;
  }

  /** Returns the time of a command; 0 if it does not matter. */
  static long timeOf(StreamCommand command) {
    if (command instanceof StreamCommand.Publish publish) {
      return publish.time();
    }
    if (command instanceof StreamCommand.PublishBatch batch) {
      return batch.time();
    }
    if (command instanceof StreamCommand.Sourced sourced) {
      return sourced.time();
    }
    if (command instanceof StreamCommand.Expire expire) {
      return expire.time();
    }
    return command instanceof StreamCommand.FireSchedules fire ? fire.time() : 0;
  }

  /**
   * Does what a command says.
   *
   * @param answers whether this replica has proposed it
   * @return how many messages it has removed or stored
   */
  long make(StreamCommand command, boolean answers, WorkBatch batch) {
    if (command instanceof StreamCommand.Publish publish) {
      return appender.apply(publish, batch) ? 1 : 0;
    }
    if (command instanceof StreamCommand.PublishBatch all) {
      appender.apply(all, batch);
    } else if (command instanceof StreamCommand.Sourced sourced) {
      store(sourced, answers, batch);
    } else if (command instanceof StreamCommand.Mirrored mirrored) {
      mirror.apply(mirrored, batch);
    } else if (command instanceof StreamCommand.MirrorSkip skip) {
      mirror.apply(skip);
    } else if (command instanceof StreamCommand.Delete delete) {
      return remove(delete) ? 1 : 0;
    } else if (command instanceof StreamCommand.Discard discard) {
      discard.sequences().forEach(store::remove);
    } else if (command instanceof StreamCommand.FireSchedules fire) {
      appender.apply(fire, batch);
    }
    return 0;
  }

  private boolean remove(StreamCommand.Delete delete) {
    return delete.erase() ? store.erase(delete.sequence()) : store.remove(delete.sequence());
  }

  private void store(StreamCommand.Sourced sourced, boolean answers, WorkBatch batch) {
    if (sources.has(sourced.source(), sourced.position())) {
      return; // the source was read again while the message was on its way
    }
    if (appender.apply(sourced, batch)) {
      sources.reached(sourced.source(), sourced.position());
    } else if (answers) {
      sources.readAgain(sourced.source());
    }
  }
}
