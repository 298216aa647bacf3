package dev.hubkit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Requests mean the same however they are cut into pieces, and every one leads to an answer. */
class RequestReadingTest {
  private static final SizeLimits LIMITS = SizeLimits.defaults().withHeads(200, 400, 12);

  private final SpoolSpace space = new SpoolSpace(new AtomicLong(1 << 20), 1 << 20);

  /** Returns what a connection makes of its input: each request, then how it ends. */
  private List<String> read(byte[] input, int... cuts) {
    List<String> read = new ArrayList<>();
    try (Reading reading = new Reading(read)) {
      int begin = 0;
      for (int i = 0; i <= cuts.length; i++) {
        int end = i < cuts.length ? Math.max(begin, Math.min(cuts[i], input.length)) : input.length;
        reading.take(ByteBuffer.wrap(input, begin, end - begin));
        begin = end;
      }
      read.add(reading.where());
    } catch (BadRequestException e) {
      read.add(e.line());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return read;
  }

  /** Reads the way a connection does. */
  private final class Reading implements AutoCloseable {
    private final List<String> read;
    private final HeadReader heads = new HeadReader(LIMITS, space);
    private Spool body = new Spool(space, 10);
    private RequestHead head;
    private BodyReader bodies;

    Reading(List<String> read) {
      this.read = read;
    }

    void take(ByteBuffer piece) throws IOException {
      while (piece.hasRemaining()) {
        boolean complete = head == null ? begins(piece) : bodies.feed(piece, body, Long.MAX_VALUE);
        if (complete) {
          String content = new String(body.open().readAllBytes(), StandardCharsets.ISO_8859_1);
          read.add(head + " " + head.headers() + content);
          head = null;
          body.close();
          body = new Spool(space, 10);
        }
      }
    }

    /** Returns whether there is a head without a body. */
    private boolean begins(ByteBuffer piece) throws IOException {
      if (!heads.feed(piece)) {
        return false;
      }
      head = heads.head();
      heads.close();
      bodies =
          head.bodyLength() == RequestHead.CHUNKED
              ? new BodyReader.Chunked()
              : new BodyReader.Fixed(head.bodyLength());
      return head.bodyLength() == 0;
    }

    String where() {
      return head != null ? "in a body" : heads.isEmpty() ? "end" : "in a head";
    }

    @Override
    public void close() throws IOException {
      heads.close();
      body.close();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Provide
  Arbitrary<String> requests() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "GET / HTTP/1.1\r\n",
            "POST /a?b HTTP/1.0\n",
            "Host: a\r\n",
            "Host: a\r\n\r\n",
            "Content-Length: 3\r\n",
            "Content-Length: 3\r\n\r\nabc",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n",
            "X: a\r\n b\r\n",
            " \t",
            "\r\n",
            "\r\n\r\n",
            "\n",
            "\r",
            "0",
            "5;a=b\r\nabcde\r\n",
            "Expect: 100-continue\r\n",
            ":",
            "%zz",
            "\u0000",
            "x".repeat(90));
    return pieces.list().ofMaxSize(12).map(list -> String.join("", list));
  }

  @Property(tries = 3000)
  void piecesMeanWhatTheWholeMeans(@ForAll("requests") String text, @ForAll List<Byte> steps) {
    byte[] input = bytes(text);
    int[] cuts = new int[steps.size()];
    int at = 0;
    for (int i = 0; i < cuts.length; i++) {
      at += Math.floorMod(steps.get(i), 17);
      cuts[i] = at;
    }
    int[] everywhere = new int[input.length];
    for (int i = 0; i < everywhere.length; i++) {
      everywhere[i] = i;
    }
    List<String> whole = read(input);
    assertThat(read(input, cuts)).isEqualTo(whole);
    assertThat(read(input, everywhere)).isEqualTo(whole);
    assertThat(space.takeMemory(1 << 20)).as("all memory is free again").isTrue();
    space.giveMemory(1 << 20);
    assertThat(space.disk()).as("bytes in files").isZero();
  }

  @Property(tries = 3000)
  void bytesOfAnySortAreReadOrRefused(@ForAll byte[] input) {
    assertThat(read(input)).isNotEmpty();
  }

  @Example
  void limitsHoldToTheByte() {
    String line = "GET /" + "a".repeat(186) + " HTTP/1.1\r\n";
    assertThat(read(bytes(line + "Host: a\r\n\r\n"))).last().isEqualTo("end");
    assertThat(read(bytes("GET /a" + line.substring(5))))
        .containsExactly("414 Request URI Too Long");
    String start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    String value = "x".repeat(400 - start.length() - 4);
    assertThat(read(bytes(start + value + "\r\n\r\n"))).last().isEqualTo("end");
    assertThat(read(bytes(start + value + "x\r\n\r\n")))
        .containsExactly("431 Request Header Fields Too Large");
    assertThat(read(bytes("GET / HTTP/1.1\r\nHost: a\r\n" + "a: b\r\n".repeat(12) + "\r\n")))
        .containsExactly("431 Request Header Fields Too Large");
  }

  @Example
  void memoryForHeadsIsBounded() {
    SpoolSpace small = new SpoolSpace(new AtomicLong(600), 0);
    try (HeadReader first = new HeadReader(LIMITS, small);
        HeadReader second = new HeadReader(LIMITS, small)) {
      assertThat(first.feed(ByteBuffer.wrap(bytes("GET")))).isFalse();
      assertThatThrownBy(() -> second.feed(ByteBuffer.wrap(bytes("GET"))))
          .isInstanceOfSatisfying(
              BadRequestException.class, e -> assertThat(e.status()).isEqualTo(503));
      first.close();
      assertThat(second.feed(ByteBuffer.wrap(bytes("GET")))).isFalse();
    } catch (BadRequestException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Example
  void aLengthBesideAnEncodingEndsTheConnection() throws IOException {
    byte[] text =
        bytes(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n");
    RequestHead head = RequestHead.parse(text, text.length, Integer.MAX_VALUE);
    assertThat(head.bodyLength()).isEqualTo(RequestHead.CHUNKED);
    assertThat(head.keepAlive()).isFalse();
    assertThat(head.headers()).doesNotContainKey("Content-Length");
  }
}
