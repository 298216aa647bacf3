package dev.hubkit.nats.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PeerInputTest {
  private static final int MOST_LINE = 1024 * 1024;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static PeerInput of(String line, byte[] payload, String rest) {
    return new PeerInput(
        new SequenceInputStream(
            new ByteArrayInputStream(ascii(line)),
            new SequenceInputStream(
                new ByteArrayInputStream(payload), new ByteArrayInputStream(ascii(rest)))),
        MOST_LINE,
        () -> {});
  }

  @Test
  void takesNoMemoryForAPayloadThatIsOnlyClaimed() throws Exception {
    PeerInput input = of("PING\r\nRMSG $G a 60000000\r\n", new byte[100_000], "");
    input.next();
    input.next();
    assertThatThrownBy(() -> input.payload(60_000_000)).isInstanceOf(EOFException.class);
    assertThat(input.buffer().length).isLessThan(400_000);
  }

  @Test
  void readsLargePayloadsWhereverTheyBegin() throws Exception {
    byte[] payload = new byte[5_000_000];
    Arrays.fill(payload, (byte) 'x');
    payload[4_999_999] = 'y';
    PeerInput input = of("PING\r\nRMSG $G a 5000000\r\n", payload, "\r\nPONG\r\n");
    input.next();
    assertThat(input.is(0, "PING")).isTrue();
    input.next();
    assertThat(input.word(2)).isEqualTo("a");
    int at = input.payload(payload.length);
    assertThat(Arrays.copyOfRange(input.buffer(), at, at + payload.length)).isEqualTo(payload);
    input.next();
    assertThat(input.is(0, "PONG")).isTrue();
  }

  @Test
  void readsLongLines() throws Exception {
    String name = "n".repeat(500_000);
    PeerInput input = of("RS+ $G " + name + "\r\nPING\r\n", new byte[0], "");
    input.next();
    assertThat(input.word(2)).isEqualTo(name);
    input.next();
    assertThat(input.is(0, "PING")).isTrue();
  }
}
