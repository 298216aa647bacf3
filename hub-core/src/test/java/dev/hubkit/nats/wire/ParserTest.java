package dev.hubkit.nats.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class ParserTest {
  private static final int MAX_LINE = 4096;
  private static final int MAX_PAYLOAD = 1024;
  private static final String SESSION =
      String.join(
          "",
          "CONNECT {\"verbose\":false}\r\n",
          "PING\r\n",
          "SUB a.* 1\r\n",
          "sub a.> queue 2\n",
          "PUB a.b 5\r\nhello\r\n",
          "PUB a.b reply.to 0\r\n\r\n",
          "HPUB h 12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
          "HPUB\th r  12 12\r\nNATS/1.0\r\n\r\n\r\n",
          "UNSUB 1\r\n",
          "UNSUB 2 10\r\n",
          "PONG\r\n",
          "+OK\r\n",
          "INFO {}\r\n",
          "-ERR 'x y'\r\n",
          "PING\r\n");
  private static final List<String> CALLS =
      List.of(
          "CONNECT {\"verbose\":false}",
          "PING",
          "SUB a.* null 1",
          "SUB a.> queue 2",
          "PUB a.b [] 0 hello",
          "PUB a.b [reply.to] 0 ",
          "PUB h [] 12 NATS/1.0\r\n\r\nhi",
          "PUB h [r] 12 NATS/1.0\r\n\r\n",
          "UNSUB 1 0",
          "UNSUB 2 10",
          "PONG",
          "INFO {}",
          "ERR 'x y'",
          "PING");

  /** Records the calls that the parser makes. */
  private static final class Recorder implements ProtocolHandler {
    private final List<String> calls = new ArrayList<>();
    private boolean goOn = true;

    private boolean note(String call) {
      calls.add(call);
      return goOn;
    }

    private static String text(byte[] buffer, int offset, int length) {
      return new String(buffer, offset, length, StandardCharsets.UTF_8);
    }

    @Override
    public boolean connect(byte[] buffer, int offset, int length) {
      return note("CONNECT " + text(buffer, offset, length).strip());
    }

    @Override
    public boolean publish(PublishView message) {
      byte[] buffer = message.buffer();
      return note(
          "PUB "
              + text(buffer, message.subjectOffset(), message.subjectLength())
              + " ["
              + text(buffer, message.replyOffset(), message.replyLength())
              + "] "
              + message.headerLength()
              + " "
              + text(buffer, message.offset(), message.length()));
    }

    @Override
    public boolean subscribe(String subject, String queue, String sid) {
      return note("SUB " + subject + " " + queue + " " + sid);
    }

    @Override
    public boolean unsubscribe(String sid, int max) {
      return note("UNSUB " + sid + " " + max);
    }

    @Override
    public boolean ping() {
      return note("PING");
    }

    @Override
    public boolean pong() {
      return note("PONG");
    }

    @Override
    public boolean info(byte[] buffer, int offset, int length) {
      return note("INFO " + text(buffer, offset, length).strip());
    }

    @Override
    public boolean error(String text) {
      return note("ERR " + text);
    }
  }

  private static Parser parser(Recorder recorder) {
    Parser parser = new Parser(recorder, MAX_LINE, MAX_PAYLOAD);
    parser.allowHeaders(true);
    return parser;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  // Feeds pieces as a connection does: bytes that the parser did not consume come again with the
  // next piece.
  private static void feed(Parser parser, byte[] all, int... cuts) throws ProtocolException {
    byte[] carried = {};
    int start = 0;
    int[] ends = Arrays.copyOf(cuts, cuts.length + 1);
    ends[cuts.length] = all.length;
    Arrays.sort(ends);
    for (int end : ends) {
      byte[] piece = new byte[7 + carried.length + end - start];
      System.arraycopy(carried, 0, piece, 7, carried.length);
      System.arraycopy(all, start, piece, 7 + carried.length, end - start);
      int used = parser.parse(piece, 7, piece.length);
      assertThat(used).isBetween(7, piece.length);
      carried = Arrays.copyOfRange(piece, used, piece.length);
      start = end;
    }
  }

  @Test
  void readsEveryOperation() throws ProtocolException {
    Recorder recorder = new Recorder();
    feed(parser(recorder), bytes(SESSION));
    assertThat(recorder.calls).isEqualTo(CALLS);
  }

  @Test
  void readsTheSameWhereverItIsCut() throws ProtocolException {
    byte[] session = bytes(SESSION);
    for (int cut = 1; cut < session.length; cut++) {
      Recorder recorder = new Recorder();
      feed(parser(recorder), session, cut);
      assertThat(recorder.calls).as("cut at %d", cut).isEqualTo(CALLS);
    }
  }

  @Test
  void readsByteByByte() throws ProtocolException {
    byte[] session = bytes(SESSION);
    int[] cuts = new int[session.length];
    Arrays.setAll(cuts, i -> i);
    Recorder recorder = new Recorder();
    feed(parser(recorder), session, cuts);
    assertThat(recorder.calls).isEqualTo(CALLS);
  }

  @Test
  void stopsWhenTheHandlerSaysSo() throws ProtocolException {
    Recorder recorder = new Recorder();
    recorder.goOn = false;
    byte[] session = bytes("PING\r\nPONG\r\n");
    assertThat(parser(recorder).parse(session, 0, session.length)).isEqualTo(6);
    assertThat(recorder.calls).containsExactly("PING");
  }

  @Test
  void tellsHowMuchAnOperationNeeds() throws ProtocolException {
    Parser parser = parser(new Recorder());
    byte[] start = bytes("PING\r\nPUB a 100\r\nabc");
    assertThat(parser.parse(start, 0, start.length)).isEqualTo(6);
    assertThat(parser.needed()).isEqualTo("PUB a 100\r\n".length() + 100 + 2);
  }

  @Test
  void refusesWhatIsTooLong() {
    byte[] line = bytes("SUB " + "a".repeat(MAX_LINE + 1));
    assertThatThrownBy(() -> parser(new Recorder()).parse(line, 0, line.length))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("maximum control line");
    byte[] payload = bytes("PUB a " + (MAX_PAYLOAD + 1) + "\r\n");
    assertThatThrownBy(() -> parser(new Recorder()).parse(payload, 0, payload.length))
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("maximum payload");
  }

  @Test
  void wantsConnectFirstWhenTold() throws ProtocolException {
    Parser parser = parser(new Recorder());
    parser.expectConnect(true);
    byte[] ping = bytes("P");
    assertThatThrownBy(() -> parser.parse(ping, 0, ping.length))
        .isInstanceOf(ProtocolException.class);
    byte[] connect = bytes("CONNECT {}\r\n");
    assertThat(parser.parse(connect, 0, connect.length)).isEqualTo(connect.length);
  }

  // The same bytes must have the same result wherever they are split: the same calls, and then an
  // error or none. The message of the error may show fewer of the later bytes.
  private static List<String> outcome(byte[] all, int... cuts) {
    Recorder recorder = new Recorder();
    List<String> outcome = recorder.calls;
    try {
      feed(parser(recorder), all, cuts);
    } catch (ProtocolException e) {
      outcome.add("-ERR " + e.error());
    }
    return outcome;
  }

  @Property(tries = 2000)
  void takesAnyBytesAlikeWhereverTheyAreCut(
      @ForAll("sessions") byte[] session,
      @ForAll @Size(max = 8) List<@IntRange(max = 400) Integer> at) {
    int[] cuts =
        at.stream().mapToInt(Integer::intValue).filter(cut -> cut < session.length).toArray();
    assertThat(outcome(session, cuts)).isEqualTo(outcome(session));
  }

  @Provide
  Arbitrary<byte[]> sessions() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "PING\r\n",
            "PONG\r\n",
            "PUB a 1\r\nx\r\n",
            "PUB a 2\r\nx\r\n",
            "SUB a 1\r\n",
            "SUB ",
            "HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n",
            "HPUB a 3 2\r\n",
            "UNSUB 1\r\n",
            "CONNECT {}\r\n",
            "\r\n",
            "\n",
            "\r",
            " ",
            "\t",
            "P",
            "PU",
            "+OK\r\n",
            "-ERR\r\n",
            "-ERR 'x'\r\n",
            "INFO {}\r\n",
            "PUB a 99999999999\r\n",
            "PUB a -1\r\n",
            "\u0000",
            "\u00e4",
            "MSG",
            "a.b",
            "1",
            "GET / HTTP\r\n");
    Arbitrary<String> noise = Arbitraries.strings().ofMaxLength(5);
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(12, pieces), net.jqwik.api.Tuple.of(1, noise))
        .list()
        .ofMaxSize(12)
        .map(list -> bytes(String.join("", list)));
  }
}
