package dev.hubkit.hostile;

import java.util.List;

/** Sends requests to JetStream that are well formed, but ask for too much. */
final class StreamAttacks {
  private static final int MILLION = 1_000_000;

  private StreamAttacks() {}

  static List<Attack> all() {
    return List.of(
        new Attack("a million subjects in a stream", 1, StreamAttacks::millionSubjects),
        new Attack("streams made and dropped", 2, StreamAttacks::manyStreams),
        new Attack("consumers made and dropped", 3, StreamAttacks::manyConsumers),
        new Attack("giant pulls", 3, StreamAttacks::giantPulls),
        new Attack("storm on a bucket", 3, StreamAttacks::bucketStorm),
        new Attack("purges and deletes", 3, StreamAttacks::purges),
        new Attack("memory streams filled", 2, StreamAttacks::fillMemory),
        new Attack("snapshots that nobody takes", 2, StreamAttacks::snapshots));
  }

  /** Makes a stream for these subjects, unless there is one. */
  private static void make(AttackingClient client, String name, String subjects, String more)
      throws Exception {
    client.request(
        "$JS.API.STREAM.CREATE." + name,
        "{\"name\":\"" + name + "\",\"subjects\":[\"" + subjects + "\"]" + more + "}");
  }

  private static void publish(AttackingClient client, String prefix, int count, int size)
      throws Exception {
    String payload = " " + size + "\r\n" + "x".repeat(size) + "\r\n";
    StringBuilder batch = new StringBuilder();
    for (int i = 0; i < count; i++) {
      batch.append("PUB ").append(prefix).append(i).append(payload);
      if (batch.length() > 60_000) {
        client.send(batch.toString());
        batch.setLength(0);
      }
    }
    client.send(batch.toString());
    client.ping();
  }

  private static void millionSubjects(Attacker attacker) throws Exception {
    String name = "MILLION" + attacker.pick(2);
    String storage = attacker.any("file", "memory");
    try (AttackingClient client = attacker.loggedIn(30)) {
      make(client, name, name + ".>", ",\"storage\":\"" + storage + "\"");
      publish(client, name + "." + attacker.pick(100) + ".", MILLION, 0);
      client.request("$JS.API.STREAM.INFO." + name, "{\"subjects_filter\":\">\"}");
    } finally {
      try (AttackingClient client = attacker.loggedIn(30)) {
        client.request("$JS.API.STREAM.DELETE." + name, "");
      }
    }
  }

  private static void manyStreams(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.loggedIn(20)) {
      int count = 10 + attacker.pick(50);
      String storage = ",\"storage\":\"" + attacker.any("file", "memory") + "\"";
      for (int i = 0; i < count; i++) {
        String name = "MANY" + attacker.pick(100);
        make(client, name, name, storage);
        client.send("PUB " + name + " 5\r\nhello\r\n");
      }
      for (int i = 0; i < 100; i++) {
        client.request("$JS.API.STREAM.DELETE.MANY" + i, "");
      }
    }
  }

  private static void taken(AttackingClient client) throws Exception {
    make(client, "TAKEN", "taken.>", ",\"max_msgs\":20000,\"storage\":\"file\"");
  }

  private static void manyConsumers(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.loggedIn(20)) {
      taken(client);
      publish(client, "taken.c.", 100, 100);
      boolean push = attacker.random().nextBoolean();
      for (int i = 0; i < 100; i++) {
        String config =
            "{\"stream_name\":\"TAKEN\",\"config\":{\"durable_name\":\"m"
                + i
                + "\",\"ack_policy\":\"explicit\",\"ack_wait\":1000000,\"max_ack_pending\":"
                + attacker.any("1", "2", "100000")
                + (push ? ",\"deliver_subject\":\"deliver." + i + "\"" : "")
                + "}}";
        client.request("$JS.API.CONSUMER.DURABLE.CREATE.TAKEN.m" + i, config);
      }
      if (push) {
        client.send("SUB deliver.* 1000\r\n");
      } else {
        client.send("PUB $JS.API.CONSUMER.MSG.NEXT.TAKEN.m1 deliver.1 5\r\n10000\r\n");
      }
      client.ping();
      if (attacker.pick(3) > 0) {
        for (int i = 0; i < 100; i++) {
          client.request("$JS.API.CONSUMER.DELETE.TAKEN.m" + i, "");
        }
      }
    }
  }

  private static void giantPulls(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.connect(attacker.hub().natsPort(), 4096, 10)) {
      client.login(Attacker.USER, Attacker.PASSWORD, "");
      taken(client);
      client.request(
          "$JS.API.CONSUMER.DURABLE.CREATE.TAKEN.pull",
          "{\"stream_name\":\"TAKEN\",\"config\":{\"durable_name\":\"pull\","
              + "\"ack_policy\":\"explicit\",\"max_ack_pending\":-1,\"max_waiting\":100000}}");
      publish(client, "taken.p.", 3_000, 1_000);
      client.send("SUB pulled 1000\r\n");
      StringBuilder pulls = new StringBuilder();
      String body =
          attacker.any(
              "1000000000",
              "{\"batch\":1000000000,\"expires\":60000000000,\"idle_heartbeat\":1000000}",
              "{\"batch\":1000000,\"no_wait\":true}",
              "{\"batch\":1000000,\"max_bytes\":1,\"expires\":1000000000}");
      for (int i = 0; i < 2_000; i++) {
        pulls.append("PUB $JS.API.CONSUMER.MSG.NEXT.TAKEN.pull pulled ").append(body.length());
        pulls.append("\r\n").append(body).append("\r\n");
      }
      client.send(pulls.toString());
      if (attacker.pick(2) == 0) {
        client.drain(1_000_000);
      } else {
        client.hold();
      }
    }
  }

  private static void bucketStorm(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.loggedIn(15)) {
      make(
          client,
          "KV_STORM",
          "$KV.STORM.>",
          ",\"max_msgs_per_subject\":"
              + attacker.any("1", "5")
              + ",\"allow_rollup_hdrs\":true,\"allow_direct\":true,\"discard\":\"new\"");
      StringBuilder batch = new StringBuilder();
      for (int i = 0; i < 5_000; i++) {
        String key = "$KV.STORM.k" + attacker.pick(attacker.any(10, 5_000));
        switch (attacker.pick(4)) {
          case 0 ->
              batch
                  .append("HPUB ")
                  .append(key)
                  .append(" 30 30\r\nNATS/1.0\r\nKV-Operation:DEL\r\n\r\n\r\n");
          case 1 ->
              batch.append("PUB $JS.API.DIRECT.GET.KV_STORM.").append(key).append(" r 0\r\n\r\n");
          default ->
              batch
                  .append("PUB ")
                  .append(key)
                  .append(" 20\r\n")
                  .append("v".repeat(20))
                  .append("\r\n");
        }
      }
      client.send(batch.toString());
      client.ping();
      if (attacker.pick(3) == 0) {
        client.request("$JS.API.STREAM.PURGE.KV_STORM", "");
      }
    }
  }

  private static void purges(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.loggedIn(15)) {
      taken(client);
      publish(client, "taken." + attacker.pick(5) + ".", 500, 2_000);
      for (int i = 0; i < 100; i++) {
        if (attacker.pick(10) == 0) {
          client.request(
              "$JS.API.STREAM.PURGE.TAKEN",
              attacker.any(
                  "",
                  "{\"keep\":10}",
                  "{\"filter\":\"taken.1.*\"}",
                  "{\"filter\":\"taken.2.>\",\"keep\":3}",
                  "{\"seq\":99999999999}"));
        } else {
          client.request(
              "$JS.API.STREAM.MSG.DELETE.TAKEN",
              "{\"seq\":"
                  + attacker.pick(20_000)
                  + ",\"no_erase\":"
                  + attacker.any(true, false)
                  + "}");
        }
      }
    }
  }

  /** Asks for all the memory there is, and fills it. */
  private static void fillMemory(Attacker attacker) throws Exception {
    String name = "MEMORY" + attacker.pick(3);
    try (AttackingClient client = attacker.loggedIn(20)) {
      make(
          client,
          name,
          name + ".>",
          ",\"storage\":\"memory\",\"max_bytes\":"
              + attacker.any("-1", "1000000", "100000000", "100000000000"));
      publish(client, name + ".", 300, attacker.any(10_000, 100_000));
    } finally {
      try (AttackingClient client = attacker.loggedIn(20)) {
        client.request("$JS.API.STREAM.DELETE." + name, "");
      }
    }
  }

  private static void snapshots(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.connect(attacker.hub().natsPort(), 4096, 8)) {
      client.login(Attacker.USER, Attacker.PASSWORD, "");
      taken(client);
      publish(client, "taken.s.", 500, 4_000);
      if (attacker.pick(2) == 0) {
        client.send("SUB snap 1000\r\n");
      }
      for (int i = 0; i < 5; i++) {
        client.request(
            "$JS.API.STREAM.SNAPSHOT.TAKEN",
            "{\"deliver_subject\":\"snap\",\"chunk_size\":"
                + attacker.any("0", "1", "1000000")
                + ",\"window_size\":"
                + attacker.any("1", "2000000000")
                + "}");
      }
      client.hold();
    }
  }
}
