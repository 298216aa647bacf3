package dev.hubkit.nats.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.time.ManualTimeSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * Whatever a client sends, and wherever its bytes are split, it gets the same answers, the server
 * keeps running, and no other client notices.
 */
class ConnectionFuzzTest {
  private static final List<String> PIECES =
      List.of(
          "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\n",
          "CONNECT {\"verbose\":true,\"pedantic\":true}\r\n",
          "CONNECT {\"verbose\":",
          "CONNECT {}\r\n",
          "PING\r\n",
          "PONG\r\n",
          "ping\n",
          "SUB a 1\r\n",
          "SUB a.> g 2\r\n",
          "SUB > 3\r\n",
          "SUB a..b 4\r\n",
          "UNSUB 1 2\r\n",
          "UNSUB 9999999999\r\n",
          "PUB a 5\r\nhello\r\n",
          "PUB a r 0\r\n\r\n",
          "PUB a.b 3\r\n\r\n\r\r\n",
          "PUB a 5\r\nhel",
          "PUB a 99999999999\r\n",
          "PUB a -5\r\n",
          "HPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\n",
          "HPUB a r 34 36\r\nNATS/1.0\r\nNats-Trace-Dest: t\r\n\r\nhi\r\n",
          "HPUB a 14 12\r\n",
          "HPUB a 5 5\r\nabcde\r\n",
          "MSG a 1 1\r\nx\r\n",
          "-ERR 'x'\r\n",
          "+OK\r\n",
          "INFO {}\r\n",
          "RS+ A a\r\n",
          "LS+ a\r\n",
          "\r\n",
          "\n",
          "\r",
          " ",
          "\t",
          "a".repeat(5000),
          "SUB " + "a.".repeat(3000) + "b 1\r\n");

  private static NatsServer server;
  private static Pipe bystander;

  @BeforeContainer
  static void start() throws IOException {
    server =
        NatsServer.start(
            NatsOptions.builder().port(0).timeSource(new ManualTimeSource(Instant.EPOCH)).build());
    bystander = server.connectInProcess();
    write(bystander, "CONNECT {\"verbose\":false}\r\nSUB other.end 1\r\n");
  }

  @AfterContainer
  static void stop() {
    server.close();
  }

  private static void write(Pipe pipe, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    pipe.write(bytes, 0, bytes.length);
  }

  @Provide
  Arbitrary<byte[]> input() {
    Arbitrary<byte[]> known =
        Arbitraries.of(PIECES).map(piece -> piece.getBytes(StandardCharsets.ISO_8859_1));
    Arbitrary<byte[]> random = Arbitraries.bytes().array(byte[].class).ofMaxSize(40);
    Arbitrary<byte[]> broken =
        Combinators.combine(known, Arbitraries.integers().between(0, 60), Arbitraries.bytes())
            .as(
                (piece, at, value) -> {
                  byte[] changed = piece.clone();
                  changed[at % changed.length] = value;
                  return changed;
                });
    Arbitrary<byte[]> cut =
        Combinators.combine(known, Arbitraries.integers().between(0, 60))
            .as((piece, at) -> Arrays.copyOf(piece, at % piece.length));
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(8, known),
            net.jqwik.api.Tuple.of(2, broken),
            net.jqwik.api.Tuple.of(1, cut),
            net.jqwik.api.Tuple.of(1, random))
        .list()
        .ofMinSize(1)
        .ofMaxSize(12)
        .map(ConnectionFuzzTest::joined);
  }

  private static byte[] joined(List<byte[]> parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    parts.forEach(all::writeBytes);
    return all.toByteArray();
  }

  /** Sends bytes in parts that end at {@code cuts}; returns all answers except INFO. */
  private static String answers(byte[] input, int... cuts) throws IOException {
    Pipe pipe = server.connectInProcess();
    long id = server.clients().total();
    int from = 0;
    try {
      for (int cut : cuts) {
        pipe.write(input, from, cut - from);
        from = cut;
      }
      pipe.write(input, from, input.length - from);
    } catch (IOException closed) {
      // The server has closed the connection; its last words can still be read.
      assertThat(server.clients().find(id)).isNull();
    }
    // The server closes the connection once it has handed over everything that is pending.
    server.clients().kick(id);
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int n = pipe.read(buffer, 0, buffer.length);
        n >= 0;
        n = pipe.read(buffer, 0, buffer.length)) {
      got.write(buffer, 0, n);
    }
    return got.toString(StandardCharsets.ISO_8859_1).replaceAll("INFO \\{[^\r]*}", "INFO");
  }

  @Property(tries = 400)
  void answersTheSameHoweverTheInputIsCut(
      @ForAll("input") byte[] input, @ForAll int first, @ForAll int second) throws IOException {
    String whole = answers(input);
    int one = Math.floorMod(first, input.length + 1);
    int two = Math.floorMod(second, input.length + 1);
    assertThat(answers(input, Math.min(one, two), Math.max(one, two))).isEqualTo(whole);
  }

  @Property(tries = 25)
  void answersTheSameCutAtEachBoundary(@ForAll("input") byte[] input) throws IOException {
    byte[] part = Arrays.copyOf(input, Math.min(input.length, 120));
    String whole = answers(part);
    int[] all = new int[part.length];
    for (int cut = 0; cut < part.length; cut++) {
      assertThat(answers(part, cut)).isEqualTo(whole);
      all[cut] = cut;
    }
    assertThat(answers(part, all)).isEqualTo(whole);
  }

  @Property(tries = 5)
  void leavesOthersAlone(@ForAll("input") byte[] input) throws IOException {
    answers(input);
    write(bystander, "PUB other.end 3\r\nEND\r\n");
    StringBuilder got = new StringBuilder();
    byte[] buffer = new byte[8192];
    while (got.indexOf("MSG other.end 1 3\r\nEND\r\n") < 0) {
      int count = bystander.read(buffer, 0, buffer.length);
      assertThat(count).isPositive();
      got.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
    }
    assertThat(server.clients().all()).hasSize(1);
  }
}
