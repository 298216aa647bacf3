package dev.hubkit.cli;

import dev.hubkit.cli.JetStreamClient.Recorded;
import dev.hubkit.cli.ServerConnection.Delivery;
import dev.hubkit.cli.ServerConnection.Event;
import dev.hubkit.cli.ServerConnection.Pong;
import dev.hubkit.cli.ServerConnection.Refusal;
import dev.hubkit.fixture.FixtureWriter;
import dev.hubkit.fixture.RecordedMessage;
import dev.hubkit.fixture.RecordingGap;
import dev.hubkit.fixture.RecordingInfo;
import dev.hubkit.fixture.StateRecording;
import dev.hubkit.fixture.StreamRecording;
import dev.hubkit.nats.subject.Subjects;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One recording of a server: subscribes, records streams, then writes what comes until it is over.
 * Connects again when the connection is lost. {@link #stop} may be called by any thread.
 */
final class RecordingSession implements AutoCloseable {
  private static final long SLICE = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long RETRY_MILLIS = 250;
  private static final int MOST_REST = 10_000;
  private static final long LAST_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Wish wish;
  private final FixtureWriter writer;
  private final UnaryOperator<RecordedMessage> redaction;
  private final Consumer<String> notes;
  private final Instant begin = Instant.now();
  private final long start = System.nanoTime();
  private final List<RecordingGap> gaps = new ArrayList<>();
  private ServerConnection server;
  private volatile boolean stopped;
  private long bytes;

  /**
   * What to record.
   *
   * @param servers of one cluster; one of them is enough
   * @param subjects empty for no messages
   * @param streams names; {@code *} for all
   * @param length null for until it is stopped
   */
  record Wish(
      List<URI> servers,
      LoginOptions login,
      @Nullable String domain,
      String inboxPrefix,
      List<String> subjects,
      List<String> streams,
      @Nullable Duration length,
      long mostMessages,
      long mostBytes) {}

  /** What was recorded. */
  record Outcome(
      RecordingInfo info, int streams, int storedMessages, int messages, String reason) {}

  RecordingSession(
      Wish wish,
      FixtureWriter writer,
      UnaryOperator<RecordedMessage> redaction,
      Consumer<String> notes)
      throws IOException {
    this.wish = wish;
    this.writer = writer;
    this.redaction = redaction;
    this.notes = notes;
    this.server = connect();
  }

  private ServerConnection connect() throws IOException {
    @Nullable IOException failure = null;
    for (URI each : wish.servers()) {
      try {
        return ServerConnection.open(each, wish.login());
      } catch (IOException e) {
        failure = e;
      }
    }
    throw Objects.requireNonNull(failure, "no server");
  }

  /** Ends the recording soon. */
  void stop() {
    stopped = true;
  }

  /**
   * Records, and completes the file.
   *
   * @param redactions describes the redaction in the file
   * @param ready runs when the server delivers messages
   */
  Outcome run(List<String> redactions, Runnable ready) throws IOException {
    List<RecordedMessage> early = new ArrayList<>();
    subscribe(early);
    ready.run();
    StateRecording state = new StateRecording();
    recordStreams(state, early);
    writer.write(state.toSnapshot(redaction));
    write(early);
    String reason = wish.subjects().isEmpty() ? "" : follow();
    RecordingInfo info =
        new RecordingInfo(begin, String.valueOf(server), redactions, List.copyOf(gaps));
    int messages = writer.messages();
    writer.finish(info);
    return new Outcome(
        info,
        state.streams().size(),
        state.streams().stream().mapToInt(StreamRecording::messages).sum(),
        messages,
        reason);
  }

  /** Subscribes, and returns when the server has taken note; adds what comes until then. */
  private void subscribe(List<RecordedMessage> early) throws IOException {
    for (int i = 0; i < wish.subjects().size(); i++) {
      server.subscribe(wish.subjects().get(i), sid(i));
    }
    server.ping();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (true) {
      Event event = server.next(SLICE);
      if (event instanceof Refusal refusal) {
        throw new IOException(
            server
                + " refuses a subscription ("
                + refusal.text()
                + "); choose other subjects, or"
                + " another user");
      }
      if (event instanceof Pong) {
        return;
      }
      if (event instanceof Delivery delivery) {
        keep(delivery, early);
      }
      if (System.nanoTime() - end > 0) {
        throw new IOException(server + " does not answer");
      }
    }
  }

  private void keep(Delivery delivery, List<RecordedMessage> early) {
    if (isWanted(delivery)) {
      bytes += delivery.payload().length;
      early.add(message(delivery));
      if (bytes > wish.mostBytes()) {
        stop();
      }
    }
  }

  private static String sid(int subject) {
    return "s" + subject;
  }

  // --- streams ---

  /**
   * Records streams. A message that comes meanwhile may be in the state of its stream already; that
   * is so if it came before the server described the stream, or is among the messages stored since.
   */
  private void recordStreams(StateRecording state, List<RecordedMessage> early) throws IOException {
    if (wish.streams().isEmpty()) {
      return;
    }
    JetStreamClient jetStream =
        new JetStreamClient(
            server, wish.domain(), wish.inboxPrefix(), delivery -> keep(delivery, early));
    List<String> names = wish.streams().contains("*") ? jetStream.streams() : wish.streams();
    for (String name : names) {
      byte[] description = jetStream.info(name);
      int before = early.size();
      Recorded recorded = jetStream.record(description, wish.mostBytes());
      if (!recorded.note().isEmpty()) {
        notes.accept(recorded.note());
      }
      state.add(recorded.stream());
      removeStored(recorded.stream(), StreamRecording.lastSequence(description), early, before);
    }
  }

  private static void removeStored(
      StreamRecording stream, long described, List<RecordedMessage> early, int before) {
    List<RecordedMessage> since = new ArrayList<>(stream.messagesAfter(described));
    for (int i = early.size() - 1; i >= 0; i--) {
      RecordedMessage message = early.get(i);
      boolean isTaken =
          stream.subjects().stream()
              .anyMatch(pattern -> Subjects.matches(message.subject(), pattern));
      if (isTaken && (i < before || remove(message, since))) {
        early.remove(i);
      }
    }
  }

  private static boolean remove(RecordedMessage message, List<RecordedMessage> since) {
    for (int i = since.size() - 1; i >= 0; i--) {
      RecordedMessage stored = since.get(i);
      if (stored.subject().equals(message.subject())
          && stored.headers().equals(message.headers())
          && Arrays.equals(stored.payload(), message.payload())) {
        since.remove(i);
        return true;
      }
    }
    return false;
  }

  // --- messages ---

  private RecordedMessage message(Delivery delivery) {
    return RecordedMessage.of(elapsed(), delivery.subject())
        .withReply(delivery.reply())
        .withHeaderBlock(delivery.header())
        .withPayload(delivery.payload());
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private void write(List<RecordedMessage> messages) throws IOException {
    for (RecordedMessage message : messages) {
      writer.write(redaction.apply(message));
    }
  }

  /** Writes what comes until the end; returns why it ended. */
  private String follow() throws IOException {
    while (true) {
      String over = over();
      if (!over.isEmpty()) {
        writeRest();
        return over;
      }
      @Nullable Event event;
      try {
        event = server.next(SLICE);
      } catch (IOException e) {
        if (!reconnect(e)) {
          return "the connection was lost";
        }
        continue;
      }
      if (event instanceof Delivery delivery && !write(delivery)) {
        return "--max-bytes is reached";
      }
    }
  }

  /** Writes a message if it is wanted; returns false if it would be too much. */
  private boolean write(Delivery delivery) throws IOException {
    if (!isWanted(delivery)) {
      return true;
    }
    RecordedMessage message = message(delivery);
    if (bytes + message.length() > wish.mostBytes()) {
      return false;
    }
    bytes += message.length();
    write(List.of(message));
    return true;
  }

  /** Writes what the server has sent until now, within the limits. */
  private void writeRest() throws IOException {
    for (Delivery each : rest()) {
      if (writer.messages() >= wish.mostMessages() || !write(each)) {
        return;
      }
    }
  }

  private List<Delivery> rest() {
    List<Delivery> rest = new ArrayList<>();
    long end = System.nanoTime() + LAST_NANOS;
    try {
      server.ping();
      Event event = server.next(LAST_NANOS);
      while (event != null && !(event instanceof Pong) && rest.size() < MOST_REST) {
        if (event instanceof Delivery delivery) {
          rest.add(delivery);
        }
        event = server.next(Math.max(1, end - System.nanoTime()));
      }
    } catch (IOException e) {
      // The recording is over: a connection that is lost now leaves no gap in it.
    }
    return rest;
  }

  // Two subjects may overlap: then the first one that matches counts.
  private boolean isWanted(Delivery delivery) {
    for (int i = 0; i < wish.subjects().size(); i++) {
      if (Subjects.matches(delivery.subject(), wish.subjects().get(i))) {
        return delivery.sid().equals(sid(i));
      }
    }
    return false;
  }

  private String over() {
    if (stopped) {
      return "stopped";
    }
    if (wish.length() != null && elapsed().compareTo(wish.length()) >= 0) {
      return "the time is over";
    }
    return writer.messages() >= wish.mostMessages() ? "--max-messages is reached" : "";
  }

  /** Connects again; returns false if the recording is over first. */
  private boolean reconnect(IOException cause) throws IOException {
    Duration lost = elapsed();
    notes.accept("the connection is lost (" + cause.getMessage() + "); connecting again");
    server.close();
    while (over().isEmpty()) {
      try {
        Thread.sleep(RETRY_MILLIS);
        server = connect();
        List<RecordedMessage> early = new ArrayList<>();
        subscribe(early);
        addGap(lost, cause);
        write(early);
        notes.accept("connected again; messages may be missing, which the file says");
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        stop();
      } catch (IOException e) {
        server.close();
      }
    }
    addGap(lost, cause);
    return false;
  }

  private void addGap(Duration from, IOException cause) {
    gaps.add(
        new RecordingGap(
            from, elapsed().minus(from), "the connection was lost: " + cause.getMessage()));
  }

  @Override
  public void close() {
    server.close();
  }
}
