package dev.hubkit.nats.jetstream.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.wire.Message;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AckTest {
  @ParameterizedTest
  @CsvSource({
    "'', ACK, ''",
    "+ACK, ACK, ''",
    "+OK, ACK, ''",
    "+ACKS, UNKNOWN, ''",
    "-NAK, NAK, ''",
    "'-NAK {\"delay\": 5}', NAK, '{\"delay\": 5}'",
    "-NAK 5s, NAK, 5s",
    "+WPI, PROGRESS, ''",
    "+WPI now, UNKNOWN, ''",
    "+NXT, NEXT, ''",
    "+NXT 5, NEXT, 5",
    "+NXT{\"batch\":2}, NEXT, {\"batch\":2}",
    "+TERM, TERM, ''",
    "'+TERM  bad data ', TERM, bad data",
    "hello, UNKNOWN, ''",
  })
  void knowsTheWords(String payload, Ack.Kind kind, String argument) {
    Ack ack = ack("$JS.ACK.S.C.1.2.3.4.5", payload);
    assertThat(ack.kind()).isEqualTo(kind);
    assertThat(ack.argument()).isEqualTo(argument);
  }

  @ParameterizedTest
  @CsvSource({
    "$JS.ACK.S.C.1.2.3.4.5, 1, 2, 3",
    "$JS.ACK._.hash.S.C.7.8.9.10.11, 7, 8, 9",
    "$JS.ACK.hub.hash.S.C.7.8.9.10.11.more, 7, 8, 9",
    "$JS.ACK.S.C.1.2.3.4, 0, 0, 0",
    "$JS.ACK.S.C.1.2.3.4.5.6, 0, 0, 0",
    "$JS.NAK.S.C.1.2.3.4.5, 0, 0, 0",
    "$JS.ACK.S.C.x..9223372036854775808.4.5, 9223372036854775807, 9223372036854775807,"
        + " 9223372036854775807",
  })
  void readsThePositionOutOfTheSubject(String subject, long deliveries, long stream, long own) {
    Ack ack = ack(subject, "");
    assertThat(ack.deliveries()).isEqualTo(deliveries);
    assertThat(ack.streamSeq()).isEqualTo(stream);
    assertThat(ack.consumerSeq()).isEqualTo(own);
  }

  @Test
  void namesMayBeBeyondAscii() {
    AckSubject subject = new AckSubject(ConsumerPrefix.plain("Strom", "Ähre"));
    assertThat(subject.of(1, 2, 3, 4, 0)).isEqualTo("$JS.ACK.Strom.Ähre.1.2.3.4.0");
    assertThat(subject.of(1, 20, 3, 40, 5)).isEqualTo("$JS.ACK.Strom.Ähre.1.20.3.40.5");
  }

  @Property
  void readsWhatIsWritten(
      @ForAll @LongRange(min = 0) long deliveries,
      @ForAll @LongRange(min = 0) long stream,
      @ForAll @LongRange(min = 0) long own,
      @ForAll @LongRange(min = 0) long time,
      @ForAll @LongRange(min = 0) long pending) {
    String subject =
        new AckSubject(ConsumerPrefix.plain("S", "C")).of(deliveries, stream, own, time, pending);
    assertThat(subject)
        .isEqualTo(
            "$JS.ACK.S.C." + deliveries + '.' + stream + '.' + own + '.' + time + '.' + pending);
    Ack ack = ack(subject, "");
    assertThat(ack.deliveries()).isEqualTo(deliveries);
    assertThat(ack.streamSeq()).isEqualTo(stream);
    assertThat(ack.consumerSeq()).isEqualTo(own);
  }

  @Property
  void survivesAnything(@ForAll String subject, @ForAll byte[] payload) {
    assertThat(Ack.parse(Message.of("$JS.ACK." + subject, null, payload))).isNotNull();
    assertThat(Ack.parse(Message.of(subject, null, payload))).isNotNull();
  }

  private static Ack ack(String subject, String payload) {
    return Ack.parse(Message.of(subject, null, payload.getBytes(StandardCharsets.UTF_8)));
  }
}
