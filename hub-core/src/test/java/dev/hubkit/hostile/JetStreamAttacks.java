package dev.hubkit.hostile;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.List;

/**
 * Sends odd requests to JetStream. After each, the account must answer a sound one: a request that
 * froze it would leave every later one without an answer.
 */
final class JetStreamAttacks {
  private static final String[] OF_STREAM = {
    "STREAM.CREATE.",
    "STREAM.UPDATE.",
    "STREAM.INFO.",
    "STREAM.DELETE.",
    "STREAM.PURGE.",
    "STREAM.MSG.GET.",
    "STREAM.MSG.DELETE.",
    "STREAM.SNAPSHOT.",
    "STREAM.RESTORE.",
    "CONSUMER.CREATE.",
    "CONSUMER.LIST.",
    "CONSUMER.NAMES.",
    "DIRECT.GET.",
    "STREAM.LEADER.STEPDOWN.",
    "STREAM.PEER.REMOVE.",
    "CONSUMER.CREATE.TAKEN.",
    "CONSUMER.DURABLE.CREATE.TAKEN.",
    "CONSUMER.INFO.TAKEN.",
    "CONSUMER.DELETE.TAKEN.",
    "CONSUMER.PAUSE.TAKEN.",
    "CONSUMER.UNPIN.TAKEN.",
    "CONSUMER.MSG.NEXT.TAKEN.",
    "CONSUMER.RESET.TAKEN.",
    "DIRECT.GET.TAKEN.",
    "CONSUMER.CREATE.TAKEN.c."
  };

  private JetStreamAttacks() {}

  static List<Attack> all() {
    return List.of(
        new Attack("odd names in requests to JetStream", 6, JetStreamAttacks::oddNames),
        new Attack("odd bodies in requests to JetStream", 6, JetStreamAttacks::oddBodies),
        new Attack("odd restores", 2, JetStreamAttacks::oddRestores));
  }

  private static void oddNames(Attacker attacker) throws Exception {
    for (int i = 0; i < 10; i++) {
      String name = attacker.oddToken();
      String inner = attacker.pick(4) == 0 ? attacker.oddName() : name;
      ask(attacker, attacker.any(OF_STREAM) + name, body(attacker, inner));
    }
    probe(attacker);
  }

  private static String body(Attacker attacker, String name) {
    String odd = Attacker.quoted(name);
    return attacker.any(
        "{\"name\":\"" + odd + "\",\"subjects\":[\"odd.x\"],\"storage\":\"file\"}",
        "{\"name\":\"" + odd + "\",\"subjects\":[\"odd.y\"],\"storage\":\"memory\"}",
        "{\"name\":\"" + odd + "\",\"subjects\":[\"" + odd + "\"]}",
        "{\"name\":\"" + odd + "\",\"mirror\":{\"name\":\"" + odd + "\"}}",
        "{\"name\":\"" + odd + "\",\"sources\":[{\"name\":\"" + odd + "\"}]}",
        "{\"stream_name\":\"" + odd + "\",\"config\":{\"durable_name\":\"" + odd + "\"}}",
        "{\"stream_name\":\"TAKEN\",\"config\":{\"name\":\"" + odd + "\",\"ack_policy\":\"all\"}}",
        "{\"stream_name\":\"TAKEN\",\"config\":{\"deliver_subject\":\"" + odd + "\"}}",
        "{\"filter\":\"" + odd + "\"}",
        "{\"last_by_subj\":\"" + odd + "\"}",
        "{\"subjects_filter\":\"" + odd + "\",\"deleted_details\":true}",
        "{\"deliver_subject\":\"" + odd + "\",\"chunk_size\":-1}",
        "");
  }

  private static void oddBodies(Attacker attacker) throws Exception {
    for (int i = 0; i < 5; i++) {
      String subject = attacker.any(OF_STREAM) + attacker.any("TAKEN", "FRESH", "c");
      String number =
          attacker.any("-1", "0", "1e300", "9223372036854775807", "18446744073709551616");
      String field =
          attacker.any(
              "max_msgs",
              "max_bytes",
              "max_age",
              "max_msg_size",
              "num_replicas",
              "max_consumers",
              "duplicate_window",
              "first_seq",
              "seq",
              "keep",
              "batch",
              "expires",
              "chunk_size",
              "offset",
              "ack_wait",
              "max_ack_pending",
              "max_deliver",
              "backoff",
              "opt_start_seq",
              "subject_delete_marker_ttl",
              "pause_until",
              "max_msgs_per_subject");
      String odd =
          attacker.any(
              "{\"name\":\"FRESH\",\"subjects\":[\"f.>\"],\"" + field + "\":" + number + "}",
              "{\"stream_name\":\"TAKEN\",\"config\":{\"durable_name\":\"c\",\""
                  + field
                  + "\":"
                  + number
                  + "}}",
              "{\"" + field + "\":" + number + "}",
              attacker.deepJson(),
              "{\"name\":\"FRESH\",\"metadata\":{"
                  + "\"k\":\"v\",".repeat(10_000)
                  + "\"a\":\"b\"}}",
              "{\"name\":\"FRESH\",\"subjects\":[" + "\"f\",".repeat(10_000) + "\"f\"]}",
              "{\"name\":\"FRESH\",\"description\":\"" + "d".repeat(900_000) + "\"}",
              "{\"multi_last\":[" + "\"a\",".repeat(100_000) + "\"b\"]}",
              "{\"name\":\"FRESH\",\"name\":\"TAKEN\"}",
              "\0\0\0",
              "null",
              "[]");
      ask(attacker, subject, odd);
    }
    probe(attacker);
  }

  /** Sends a request and waits a moment for an answer, but does not need one. */
  private static void ask(Attacker attacker, String what, String body) throws Exception {
    try (AttackingClient client = attacker.loggedIn(4)) {
      client.socket().setSoTimeout(1_000);
      client.request("$JS.API." + what, body);
    } catch (IOException e) {
      // There was no answer, or the connection ended: later requests show whether anything worse
      // happened.
    }
  }

  /** Makes a stream and a consumer and deletes them; each request must get an answer. */
  private static void probe(Attacker attacker) throws Exception {
    String name = "PROBE" + attacker.pick(1_000_000);
    String step = "a login";
    try (AttackingClient client = attacker.loggedIn(60)) {
      client.socket().setSoTimeout(30_000);
      step = "the making of a stream";
      client.request(
          "$JS.API.STREAM.CREATE." + name,
          "{\"name\":\"" + name + "\",\"subjects\":[\"" + name + "\"],\"storage\":\"memory\"}");
      step = "the making of a consumer";
      client.request(
          "$JS.API.CONSUMER.DURABLE.CREATE." + name + ".c",
          "{\"stream_name\":\""
              + name
              + "\",\"config\":{\"durable_name\":\"c\","
              + "\"ack_policy\":\"explicit\"}}");
      step = "the removal of a stream";
      client.request("$JS.API.STREAM.DELETE." + name, "");
      client.request("$JS.API.STREAM.DELETE.FRESH", "");
    } catch (SocketTimeoutException e) {
      attacker.fault("no answer within 30 s after odd requests to JetStream, to " + step);
    }
  }

  private static void oddRestores(Attacker attacker) throws Exception {
    String name = "RESTORED" + attacker.pick(3);
    try (AttackingClient client = attacker.loggedIn(10)) {
      String answer =
          client.request(
              "$JS.API.STREAM.RESTORE." + name,
              "{\"config\":{\"name\":\""
                  + name
                  + "\",\"subjects\":[\"r.>\"],\"storage\":\"file\"},\"state\":{\"messages\":"
                  + attacker.any("0", "-1", "99999999999999")
                  + ",\"last_seq\":"
                  + attacker.any("0", "18446744073709551615")
                  + "}}");
      int at = answer.indexOf("\"deliver_subject\":\"");
      if (at > 0) {
        String subject = answer.substring(at + 19, answer.indexOf('"', at + 19));
        for (int i = attacker.pick(20); i >= 0; i--) {
          byte[] chunk = attacker.randomBytes(100_000);
          client.send("PUB " + subject + " r " + chunk.length + "\r\n");
          client.send(chunk);
          client.send("\r\n");
        }
        if (attacker.pick(2) == 0) {
          client.request(subject, "");
        }
      }
    }
    probe(attacker);
  }
}
