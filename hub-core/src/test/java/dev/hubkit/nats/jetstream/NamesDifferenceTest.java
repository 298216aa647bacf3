package dev.hubkit.nats.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares how Hub and the real nats-server answer odd names of streams and consumers. */
class NamesDifferenceTest {
  /** Requests about a stream: the part of the subject before its name, and the body. */
  private static final List<String[]> STREAM_REQUESTS =
      List.of(
          new String[] {
            "STREAM.CREATE.", "{\"name\":NAME,\"subjects\":[\"n\"],\"storage\":\"file\"}"
          },
          new String[] {"STREAM.INFO.", ""},
          new String[] {
            "STREAM.UPDATE.", "{\"name\":NAME,\"subjects\":[\"m\"],\"storage\":\"file\"}"
          },
          new String[] {"STREAM.PURGE.", ""},
          new String[] {"STREAM.MSG.GET.", "{\"seq\":1}"},
          new String[] {"STREAM.SNAPSHOT.", "{\"deliver_subject\":\"d\"}"},
          new String[] {"CONSUMER.NAMES.", ""},
          new String[] {"STREAM.DELETE.", ""},
          new String[] {
            "STREAM.CREATE.", "{\"name\":NAME,\"subjects\":[\"n\"],\"storage\":\"memory\"}"
          },
          new String[] {"STREAM.DELETE.", ""},
          new String[] {"STREAM.RESTORE.", "{\"config\":{\"name\":NAME,\"subjects\":[\"r\"]}}"});

  private static final List<String[]> CONSUMER_REQUESTS =
      List.of(
          new String[] {
            "CONSUMER.CREATE.S.",
            "{\"stream_name\":\"S\",\"config\":{\"name\":NAME,\"ack_policy\":\"explicit\"}}"
          },
          new String[] {"CONSUMER.INFO.S.", ""},
          new String[] {"CONSUMER.DELETE.S.", ""},
          new String[] {
            "CONSUMER.CREATE.S",
            "{\"stream_name\":\"S\",\"config\":{\"name\":NAME,\"ack_policy\":\"explicit\"}}"
          },
          new String[] {"CONSUMER.DELETE.S.", ""},
          new String[] {
            "CONSUMER.DURABLE.CREATE.S.",
            "{\"stream_name\":\"S\",\"config\":{\"durable_name\":NAME,\"ack_policy\":\"explicit\"}}"
          },
          new String[] {"CONSUMER.PAUSE.S.", "{\"pause_until\":\"2050-01-01T00:00:00Z\"}"},
          new String[] {"CONSUMER.INFO.S.", ""},
          new String[] {"CONSUMER.DELETE.S.", ""});

  @TempDir Path directory;

  private static List<String> ask(int port, List<String[]> requests) throws IOException {
    List<String> answers = new ArrayList<>();
    try (RawPeer peer = new RawPeer(port)) {
      peer.ask(
          "$JS.API.STREAM.CREATE.S".getBytes(StandardCharsets.UTF_8),
          "{\"name\":\"S\",\"subjects\":[\"s\"],\"storage\":\"file\"}"
              .getBytes(StandardCharsets.UTF_8));
      for (OddNames.Name name : OddNames.all()) {
        for (String[] request : requests) {
          ByteArrayOutputStream subject = new ByteArrayOutputStream();
          subject.write(("$JS.API." + request[0]).getBytes(StandardCharsets.UTF_8));
          if (request[0].endsWith(".")) {
            subject.write(name.bytes());
          }
          byte[] body = request[1].replace("NAME", name.json()).getBytes(StandardCharsets.UTF_8);
          String answer = RawPeer.brief(peer.ask(subject.toByteArray(), body));
          answers.add(name + " " + request[0] + ": " + answer);
        }
      }
    }
    return answers;
  }

  private static void compare(ServerPair servers, List<String[]> requests) throws IOException {
    List<String> expected = ask(servers.realPort(), requests);
    List<String> actual = ask(servers.hubPort(), requests);
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      if (!expected.get(i).equals(actual.get(i))) {
        differences.add("nats-server: " + expected.get(i) + "\nHub:         " + actual.get(i));
      }
    }
    assertThat(differences).isEmpty();
  }

  @Test
  void streams() throws Exception {
    try (ServerPair servers = ServerPair.start(directory)) {
      compare(servers, STREAM_REQUESTS);
    }
  }

  @Test
  void consumers() throws Exception {
    try (ServerPair servers = ServerPair.start(directory)) {
      compare(servers, CONSUMER_REQUESTS);
    }
  }
}
