package dev.hubkit.nats.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Connection;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Message;
import io.nats.client.OrderedConsumerContext;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.StreamInfoOptions;
import io.nats.client.api.StreamState;
import java.io.IOException;
import java.time.Duration;
import java.util.BitSet;
import java.util.Map;
import java.util.Random;

/** Checks what is left of a stream after its server was killed. */
final class StreamCheck {
  private static final int SAMPLE = 100;
  private static final long SLACK_MILLIS = 5_000; // how late an old message may expire
  private static final int NO_MESSAGE = 10037;

  private final Connection connection;
  private final CrashedStream stream;
  private final Random random;
  private long messages;

  StreamCheck(Connection connection, CrashedStream stream, Random random) {
    this.connection = connection;
    this.stream = stream;
    this.random = random;
  }

  /**
   * Checks that no confirmed message is lost, that no removed message is back, and that the stream
   * holds no message that nobody published.
   *
   * @param everything whether to read each message, not only a sample and the last ones
   * @return the number of messages in the stream
   */
  long run(boolean everything) throws Exception {
    long begun = System.currentTimeMillis();
    StreamState state = state();
    BitSet present = present(state);
    messages = present.cardinality();
    assertThat(state.getLastSequence())
        .as("%s: the last sequence", stream.name())
        .isGreaterThanOrEqualTo(stream.highest());
    if (stream.maxBytes() > 0) {
      assertThat(state.getByteCount()).isLessThanOrEqualTo(stream.maxBytes());
    }
    adoptUnconfirmed(present, state);
    lookForLost(present, state, begun);
    lookForReturned(present);
    stream.inFlight().clear();
    if (everything) {
      readAll(present);
    } else {
      readSome(present);
    }
    return messages;
  }

  private StreamState state() throws IOException, JetStreamApiException {
    return connection
        .jetStreamManagement()
        .getStreamInfo(stream.name(), StreamInfoOptions.builder().deletedDetails().build())
        .getStreamState();
  }

  private BitSet present(StreamState state) {
    BitSet present = new BitSet();
    if (state.getMsgCount() > 0) {
      present.set((int) state.getFirstSequence(), (int) state.getLastSequence() + 1);
      state.getDeleted().forEach(sequence -> present.clear(Math.toIntExact(sequence)));
    }
    assertThat((long) present.cardinality())
        .as("%s: number of messages, by %s", stream.name(), state)
        .isEqualTo(state.getMsgCount());
    return present;
  }

  /** Checks that each unacknowledged message in the stream was published, and is there once. */
  private void adoptUnconfirmed(BitSet present, StreamState state) throws Exception {
    for (int at = present.nextSetBit(0); at >= 0; at = present.nextSetBit(at + 1)) {
      if (!stream.acknowledged().containsKey((long) at) && !stream.gone().contains((long) at)) {
        MessageInfo found = read(at);
        if (found == null) {
          present.clear(at); // it has expired meanwhile
          continue;
        }
        String id = stream.check(found.getData());
        CrashedStream.Sent sent = stream.inFlight().remove(id);
        assertThat(sent)
            .as(
                "%s: message %s, %s, was never published or is there twice; %s",
                stream.name(), at, id, state)
            .isNotNull();
        stream.adopt(at, sent);
      }
    }
  }

  private void lookForLost(BitSet present, StreamState state, long begun) {
    long first = state.getMsgCount() == 0 ? state.getLastSequence() + 1 : state.getFirstSequence();
    for (Map.Entry<Long, CrashedStream.Sent> each : stream.acknowledged().entrySet()) {
      long sequence = each.getKey();
      CrashedStream.Sent sent = each.getValue();
      boolean mayBeGone =
          stream.going().contains(sequence)
              || (stream.maxBytes() > 0 && sequence < first)
              || (sent.life() > 0 && System.currentTimeMillis() - sent.millis() >= sent.life());
      if (present.get(Math.toIntExact(sequence))) {
        boolean mustBeGone = sent.life() > 0 && begun - sent.millis() > sent.life() + SLACK_MILLIS;
        assertThat(mustBeGone && isThere(sequence))
            .as("%s: message %s has expired and is still there", stream.name(), sequence)
            .isFalse();
      } else {
        assertThat(mayBeGone)
            .as("%s: message %s, %s, is lost; %s", stream.name(), sequence, sent, state)
            .isTrue();
        stream.acknowledged().remove(sequence);
        stream.gone().add(sequence);
      }
    }
    // Each unconfirmed removal has by now either happened or not, for good.
    stream.going().clear();
  }

  private void lookForReturned(BitSet present) {
    for (long sequence : stream.gone()) {
      assertThat(present.get(Math.toIntExact(sequence)))
          .as("%s: message %s, which was removed, is there", stream.name(), sequence)
          .isFalse();
    }
  }

  private boolean isThere(long sequence) {
    try {
      return read(sequence) != null;
    } catch (IOException | JetStreamApiException e) {
      throw new AssertionError(stream.name() + ": message " + sequence, e);
    }
  }

  private MessageInfo read(long sequence) throws IOException, JetStreamApiException {
    JetStreamManagement management = connection.jetStreamManagement();
    try {
      return management.getMessage(stream.name(), sequence);
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() == NO_MESSAGE) {
        return null;
      }
      throw e;
    }
  }

  private void compare(long sequence, String subject, byte[] data) {
    String id = stream.check(data);
    CrashedStream.Sent sent = stream.acknowledged().get(sequence);
    assertThat(sent).as("%s: message %s, %s", stream.name(), sequence, id).isNotNull();
    assertThat(id).as("%s: message %s", stream.name(), sequence).isEqualTo(sent.id());
    assertThat(subject).isEqualTo(stream.subject(sent.subject()));
  }

  /** Reads the last messages and a sample of the others. */
  private void readSome(BitSet present) throws IOException, JetStreamApiException {
    int at = present.length() - 1;
    for (int i = 0; i < SAMPLE && at > 0; i++) {
      readOne(at);
      at = present.previousSetBit(at - 1);
    }
    for (int i = 0; i < SAMPLE && messages > 0; i++) {
      int some = present.nextSetBit(random.nextInt(present.length()));
      if (some >= 0) {
        readOne(some);
      }
    }
  }

  private void readOne(long sequence) throws IOException, JetStreamApiException {
    MessageInfo found = read(sequence);
    if (found != null) {
      compare(sequence, found.getSubject(), found.getData());
    } else {
      CrashedStream.Sent sent = stream.acknowledged().get(sequence);
      assertThat(sent != null && sent.life() > 0)
          .as("%s: message %s is listed but missing", stream.name(), sequence)
          .isTrue();
    }
  }

  private void readAll(BitSet present) throws Exception {
    if (!stream.maxAge().isZero() || messages == 0) {
      readSome(present);
      return;
    }
    OrderedConsumerContext consumer =
        connection
            .getStreamContext(stream.name())
            .createOrderedConsumer(new OrderedConsumerConfiguration());
    try (IterableConsumer iterate = consumer.iterate()) {
      int expected = present.nextSetBit(0);
      while (expected >= 0) {
        Message message = iterate.nextMessage(Duration.ofSeconds(30));
        assertThat(message).as("%s: message %s", stream.name(), expected).isNotNull();
        assertThat(message.metaData().streamSequence()).isEqualTo(expected);
        compare(expected, message.getSubject(), message.getData());
        expected = present.nextSetBit(expected + 1);
      }
    }
  }
}
