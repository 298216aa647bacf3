package dev.hubkit.nats.jetstream.backup;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Handle;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.archive.ArchiveWriter;
import dev.hubkit.nats.jetstream.archive.BlockArchiveWriter;
import dev.hubkit.nats.jetstream.archive.EntryArchiveWriter;
import dev.hubkit.nats.jetstream.consumer.Consumer;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.SerialTimer;
import dev.hubkit.nats.jetstream.stream.OngoingBackup;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamReport;
import dev.hubkit.nats.release.Compatibility;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.text.FriendlyBytes;
import dev.hubkit.time.GoDuration;
import dev.hubkit.work.MemoryBudget;
import dev.hubkit.work.WorkStep;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends the archive of a stream to a client. The archive is written while it is sent, in chunks;
 * only so many may be in flight until the client acknowledges. As in nats-server, an empty message
 * ends it, and the stream keeps working meanwhile. Confined to the stream's executor.
 */
public final class StreamBackup implements OngoingBackup.Transfer {
  private static final int DEFAULT_CHUNK = 128 * 1024;
  private static final int DEFAULT_WINDOW = 8 * 1024 * 1024;
  private static final int SMALLEST = 1024;
  private static final int LARGEST_CHUNK = 1024 * 1024;
  private static final int LARGEST_WINDOW = 32 * 1024 * 1024;
  // Memory for an archive that is being written: one block before and one after compression.
  private static final int MEMORY = 4 * 1024 * 1024;
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);
  private static final long WAIT_FOR_INTEREST = TimeUnit.SECONDS.toNanos(2);
  private static final Log log = Log.of(StreamBackup.class);
  private static final byte[] NOTHING = {};
  private static final String NO_INTEREST = "408 No Interest";
  private static final String NO_FLOW = "408 No Flow Response";

  private final Stream stream;
  private final Order order;
  private final ArchiveWriter archive;
  private final String acks;
  private final long began;
  private final long last;
  private final SerialTimer interestTimer;
  private final SerialTimer ackTimer;
  private final ArrayDeque<String> consumers = new ArrayDeque<>();
  private final int chunkSize;
  private final boolean byEntries;
  private final long bytes;
  private boolean reserved;
  private int slots;
  private int sent;
  private long next;
  private Part part = Part.MESSAGES;
  private boolean flowing;
  private boolean ended;
  private @Nullable Handle interest;
  private @Nullable Subscription subscription;

  /**
   * A client's request for a backup; sizes are in bytes, 0 for the default.
   *
   * @param deliverSubject the subject to send the chunks to
   * @param requester the client that asks
   */
  public record Order(
      String deliverSubject,
      boolean withConsumers,
      long chunkSize,
      long windowSize,
      @Nullable Requester requester) {}

  private enum Part {
    MESSAGES,
    CONSUMERS,
    COMPLETE
  }

  /**
   * Makes a backup that begins with {@link #start} and must be closed even if it never begins.
   *
   * @throws ApiException if there is not enough memory for another backup
   */
  public StreamBackup(Stream stream, Order order) {
    this.stream = stream;
    this.order = order;
    this.began = stream.time().epochNanos();
    this.acks = "$JS.SNAPSHOT.ACK." + stream.name() + "." + Nuid.next();
    this.last = stream.store().lastSequence();
    this.bytes = stream.store().state().bytes();
    this.byEntries = stream.jetStream().compatibility().atLeast(Compatibility.V2_15);
    List<Consumer> archived = order.withConsumers() ? archived() : List.of();
    this.archive = byEntries ? entries(archived) : blocks(archived);
    this.next = Math.max(1, stream.store().firstSequence());
    this.interestTimer = new SerialTimer(stream.time(), stream.executor(), this::flow);
    this.ackTimer = new SerialTimer(stream.time(), stream.executor(), batch -> end(NO_FLOW, batch));
    this.chunkSize = within(order.chunkSize(), DEFAULT_CHUNK, LARGEST_CHUNK);
    int window = within(order.windowSize(), DEFAULT_WINDOW, LARGEST_WINDOW);
    window = (int) Math.min(window, MemoryBudget.BUFFERS.limit() / 4);
    this.slots = Math.max(window, chunkSize) / chunkSize;
    if (!MemoryBudget.BUFFERS.reserve(MEMORY)) {
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    this.reserved = true;
  }

  /** Returns the consumers that have a state to keep. */
  private List<Consumer> archived() {
    return stream.consumers().all().stream()
        .filter(
            consumer -> byEntries ? !consumer.config().direct() : !consumer.config().isInMemory())
        .toList();
  }

  /** Begins with the consumers, because the archive says before how many there are. */
  private ArchiveWriter entries(List<Consumer> archived) {
    JsonWriter state = JsonWriter.compact().beginObject();
    new StreamReport(stream).writeStateFields(state, archived.size());
    EntryArchiveWriter writer = new EntryArchiveWriter(state.endObject().toBytes(), last, began);
    for (Consumer consumer : archived) {
      JsonWriter config = JsonWriter.compact().beginObject();
      consumer.config().toBuilder().name(consumer.name()).build().writeTo(config);
      writer.consumer(consumer.name(), config.endObject().toBytes(), consumer.state());
    }
    return writer;
  }

  private ArchiveWriter blocks(List<Consumer> archived) {
    BlockArchiveWriter writer = new BlockArchiveWriter(stream.name(), began);
    writer.stream(description());
    archived.forEach(consumer -> consumers.add(consumer.name()));
    return writer;
  }

  private static int within(long asked, int usual, int largest) {
    return asked == 0 ? usual : (int) Math.min(Math.max(SMALLEST, asked), largest);
  }

  /**
   * Begins to send once a subscription is for these chunks alone. Clients subscribe when they have
   * the response; the wildcard of their response inbox does not count.
   */
  public void start(WorkBatch batch) {
    log.info("Starting snapshot for stream '{} > {}'", stream.account().name(), stream.name());
    stream.advisories().snapshotCreated(order.requester(), batch);
    Account account = stream.account();
    subscription = account.subscribe(acks + ".>", null, this::acknowledged);
    interest =
        account
            .interest()
            .watchSubscriptions(
                order.deliverSubject(),
                null,
                present ->
                    stream.executor().execute(taskBatch -> interestChanged(present, taskBatch)));
    if (account.interest().hasSubscription(order.deliverSubject(), null)) {
      flow(batch);
    } else {
      interestTimer.set(WAIT_FOR_INTEREST);
    }
  }

  private byte[] description() {
    JsonWriter out =
        JsonWriter.compact().beginObject().field("Created", Rfc3339.format(stream.created()));
    stream.config().writeTo(out);
    return out.endObject().toBytes();
  }

  private void interestChanged(boolean present, WorkBatch batch) {
    if (!present && flowing) {
      end(NO_INTEREST, batch);
    } else if (present && !flowing) {
      flow(batch);
    }
  }

  private void flow(WorkBatch batch) {
    if (!flowing && !ended) {
      flowing = true;
      interestTimer.cancel();
      ackTimer.set(PATIENCE);
      send(batch);
    }
  }

  // Runs on the thread of the client that acknowledges.
  private void acknowledged(Subscription mine, Message message, WorkBatch batch) {
    stream
        .executor()
        .submit(
            taskBatch -> {
              slots++;
              send(taskBatch);
            },
            batch);
  }

  private void send(WorkBatch batch) {
    if (ended || !flowing) {
      return;
    }
    try {
      WorkStep.SNAPSHOT_SEND.reach();
      while (slots > 0 && archive.available() >= chunkSize) {
        sendChunk(batch);
      }
      if (slots == 0) {
        return;
      }
      if (part == Part.COMPLETE) {
        sendRest(batch);
      } else {
        write();
        // Lets other tasks run between two blocks.
        stream.executor().submit(this::send, batch);
      }
    } catch (Throwable e) {
      ended = fail(e, batch);
    }
  }

  /** Ends this backup after a failure; the stream can be backed up again. */
  private boolean fail(Throwable failure, WorkBatch batch) {
    stream.jetStream().supervisor().failed("The snapshot of " + stream, failure, null);
    try {
      end("500 " + failure.getMessage(), batch);
    } finally {
      close();
    }
    return true;
  }

  private void sendChunk(WorkBatch batch) {
    slots--;
    sent++;
    byte[] chunk = archive.take(chunkSize);
    String reply = acks + "." + chunk.length + "." + sent;
    stream.account().publish(Message.of(order.deliverSubject(), reply, chunk), batch);
    ackTimer.set(PATIENCE);
  }

  private void sendRest(WorkBatch batch) {
    if (archive.available() > 0) {
      byte[] rest = archive.take(chunkSize);
      stream.account().publish(Message.of(order.deliverSubject(), null, rest), batch);
    }
    end(sent > 0 ? "204" : "", batch);
  }

  private void write() {
    switch (part) {
      case MESSAGES -> {
        if (Long.compareUnsigned(next, last) <= 0) {
          next = archive.messages(stream.store(), next, last);
        } else {
          part = Part.CONSUMERS;
        }
      }
      case CONSUMERS -> {
        String name = consumers.poll();
        Consumer consumer = name == null ? null : stream.consumers().get(name);
        if (name == null) {
          archive.finish();
          part = Part.COMPLETE;
        } else if (consumer != null) {
          archive.consumer(name, consumer.description(), consumer.state());
        }
      }
      case COMPLETE -> {}
    }
  }

  private void end(String status, WorkBatch batch) {
    if (ended) {
      return;
    }
    close();
    byte[] header =
        status.isEmpty()
            ? NOTHING
            : ("NATS/1.0 " + status + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    stream.account().publish(Message.of(order.deliverSubject(), null, header, NOTHING), batch);
    report(status);
    stream.advisories().snapshotCompleted(began, order.requester(), failure(status), batch);
  }

  private void report(String status) {
    String account = stream.account().name();
    String took = GoDuration.format(stream.time().epochNanos() - began);
    if (status.isEmpty() || status.startsWith("204")) {
      log.info(
          "Completed snapshot of {} for stream '{} > {}' in {}",
          FriendlyBytes.format(bytes),
          account,
          stream.name(),
          took);
    } else {
      log.warn(
          "Snapshot for stream '{} > {}' failed after {}: {}",
          account,
          stream.name(),
          took,
          status);
    }
  }

  /** Returns what a status says of a failure, in the words of nats-server; empty for none. */
  private String failure(String status) {
    if (!byEntries || status.isEmpty() || status.startsWith("204")) {
      return "";
    }
    return switch (status) {
      case NO_INTEREST -> "no interest";
      case NO_FLOW -> "no flow response";
      default -> status.substring("500 ".length());
    };
  }

  /** Stops sending, because the backup or the stream has ended. */
  @Override
  public void close() {
    ended = true;
    if (reserved) {
      reserved = false;
      MemoryBudget.BUFFERS.release(MEMORY);
    }
    interestTimer.cancel();
    ackTimer.cancel();
    if (subscription != null) {
      stream.account().unsubscribe(subscription);
    }
    if (interest != null) {
      interest.close();
    }
    stream.backup().ended(this);
  }
}
