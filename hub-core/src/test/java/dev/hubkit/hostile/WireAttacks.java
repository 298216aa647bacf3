package dev.hubkit.hostile;

import java.util.List;

/** Attacks over the NATS protocol by clients before and after their login. */
final class WireAttacks {
  private static final int MILLION = 1_000_000;

  private WireAttacks() {}

  static List<Attack> all() {
    return List.of(
        new Attack("claims before login", 3, WireAttacks::claimBeforeLogin),
        new Attack("claims after login", 4, WireAttacks::claim),
        new Attack("many half payloads", 2, WireAttacks::halfPayloads),
        new Attack("non-readers", 3, WireAttacks::notReading),
        new Attack("slow readers", 3, WireAttacks::readingSlowly),
        new Attack("random bytes", 4, WireAttacks::garbage),
        new Attack("lines without end", 2, WireAttacks::endlessLines),
        new Attack("headers without end", 2, WireAttacks::endlessHeaders),
        new Attack("a million subscriptions", 1, WireAttacks::millionSubscriptions),
        new Attack("pings without reading", 1, WireAttacks::pings),
        new Attack("requests that nobody awaits", 2, WireAttacks::abandonedRequests),
        new Attack("subscriptions made and dropped", 2, WireAttacks::subscriptionStorm));
  }

  private static void claimBeforeLogin(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.nats(3)) {
      client.line();
      client.send(
          attacker.any(
              "PUB x 1048576\r\n",
              "PUB x 2147483647\r\n",
              "PUB x 99999999999999999999\r\n",
              "PUB x -1\r\n",
              "HPUB x 10 5\r\n",
              "HPUB x 2000000000 2000000001\r\n",
              "MSG x 1 1048576\r\n",
              "RMSG A x 1048576\r\n",
              "CONNECT {\"user\":\"" + "x".repeat(500_000),
              "CONNECT " + " ".repeat(100_000)));
      client.send("x".repeat(attacker.pick(70_000)));
      client.hold();
    }
  }

  private static void claim(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.loggedIn(5)) {
      client.send(
          attacker.any(
              "PUB x 1048577\r\n",
              "PUB x 2147483647\r\n",
              "PUB x 4294967296\r\n",
              "PUB x 018446744073709551617\r\n",
              "HPUB x 1048000 1048000\r\n",
              "HPUB x 0 0\r\n\r\n",
              "HPUB x 12 12\r\nNATS/1.0\r\n\r\n\r\n",
              "HPUB x 14 12\r\nNATS/1.0\r\n\r\n\r\n",
              "PUB " + "a.".repeat(1900) + "a 0\r\n\r\n",
              "SUB " + ".".repeat(100) + " 1\r\n",
              "SUB x " + "9".repeat(3000) + "\r\n",
              "UNSUB 1 99999999999999999999\r\n"));
      client.send("x".repeat(attacker.pick(2_000_000)));
      client.drain(100_000);
    }
  }

  /** Each client makes the server keep the part of a payload that it has received. */
  private static void halfPayloads(Attacker attacker) throws Exception {
    int count = 10 + attacker.pick(50);
    for (int i = 0; i < count; i++) {
      try (AttackingClient client = attacker.loggedIn(4)) {
        client.send("PUB x 1048576\r\n");
        client.send(new byte[attacker.any(1, 1000, 300_000)]);
        client.hold();
      }
    }
  }

  private static void notReading(Attacker attacker) throws Exception {
    String subject = "flood." + attacker.pick(100);
    int readers = 1 + attacker.pick(10);
    for (int i = 0; i < readers; i++) {
      try (AttackingClient reader = attacker.connect(attacker.hub().natsPort(), 2048, 12)) {
        reader.login(Attacker.USER, Attacker.PASSWORD, "");
        reader.send("SUB " + subject + " 1\r\n");
        reader.ping();
        reader.hold();
      }
    }
    flood(attacker, subject);
  }

  private static void flood(Attacker attacker, String subject) throws Exception {
    try (AttackingClient client = attacker.loggedIn(10)) {
      int size = attacker.any(10, 1000, 100_000, 1_000_000);
      int count = Math.min(20_000, 12_000_000 / size);
      String message = "PUB " + subject + " " + size + "\r\n" + "x".repeat(size) + "\r\n";
      String batch = message.repeat(Math.max(1, 50_000 / size));
      for (int sent = 0; sent < count; sent += Math.max(1, 50_000 / size)) {
        client.send(batch);
      }
      client.ping();
    }
  }

  private static void readingSlowly(Attacker attacker) throws Exception {
    String subject = "slow." + attacker.pick(100);
    try (AttackingClient reader = attacker.connect(attacker.hub().natsPort(), 2048, 12)) {
      reader.login(Attacker.USER, Attacker.PASSWORD, "");
      reader.send("SUB " + subject + " 1\r\n");
      reader.ping();
      flood(attacker, subject);
      for (int i = 0; i < 200; i++) {
        reader.read(512);
      }
    }
  }

  private static void garbage(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.pick(3) == 0 ? attacker.nats(5) : attacker.loggedIn(5)) {
      for (int i = attacker.pick(10); i >= 0; i--) {
        client.send(attacker.pick(3) == 0 ? attacker.randomBytes(5000) : attacker.garbage(5000));
      }
      if (attacker.pick(4) == 0) {
        client.hold();
      } else {
        client.drain(10_000);
      }
    }
  }

  private static void endlessLines(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.loggedIn(5)) {
      String part = attacker.any("x", " ", "\0", ".");
      client.send(attacker.any("PUB ", "SUB ", "CONNECT {", "PI", "-ERR ", "HPUB ", "INFO "));
      for (int i = 0; i < 40; i++) {
        client.send(part.repeat(50_000));
      }
    }
  }

  private static void endlessHeaders(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.loggedIn(5)) {
      int lines = attacker.any(10, 1000, 30_000);
      StringBuilder header = new StringBuilder("NATS/1.0");
      header.append(attacker.any("\r\n", " 503\r\n", "\n", ""));
      for (int i = 0; i < lines; i++) {
        header.append(
            attacker.any(
                "Nats-Msg-Id: 1\r\n",
                "Nats-Rollup: all\r\n",
                "Nats-TTL: 99999999999999h\r\n",
                "Nats-Expected-Last-Sequence: -1\r\n",
                "Nats-Trace-Dest: x\r\n",
                "Nats-Schedule: @every 1ms\r\n",
                "a\r\n",
                ":\r\n",
                "\0:\0\r\n",
                "X:" + "y".repeat(20) + "\r\n"));
      }
      header.append(attacker.any("\r\n", ""));
      String subject = attacker.any("x", "files.evil", "$JS.API.INFO", "$JS.API.STREAM.LIST");
      int length = header.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
      client.send("HPUB " + subject + " r " + length + " " + length + "\r\n" + header + "\r\n");
      client.ping();
    }
  }

  private static void millionSubscriptions(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.loggedIn(25)) {
      String prefix = attacker.any("s.", "s.*.", "a.b.c.d.e.f.", "");
      String queue = attacker.any("", " q", " q" + "q".repeat(100));
      StringBuilder batch = new StringBuilder();
      for (int i = 1; i <= MILLION; i++) {
        batch.append("SUB ").append(prefix).append(i).append(queue);
        batch.append(' ').append(i).append("\r\n");
        if (batch.length() > 60_000) {
          client.send(batch.toString());
          batch.setLength(0);
        }
      }
      client.ping();
    }
  }

  private static void pings(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.connect(attacker.hub().natsPort(), 2048, 6)) {
      client.login(Attacker.USER, Attacker.PASSWORD, "");
      String batch = "PING\r\n".repeat(10_000);
      for (int i = 0; i < 60; i++) {
        client.send(batch);
      }
    }
  }

  private static void abandonedRequests(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.loggedIn(10)) {
      String subject =
          attacker.any(
              "nobody", "$JS.API.STREAM.LIST", "$JS.API.INFO", "$SYS.REQ.USER.INFO", "$JS.API.X");
      StringBuilder batch = new StringBuilder();
      for (int i = 0; i < 5_000; i++) {
        batch.append("PUB ").append(subject).append(" _INBOX.none.").append(i).append(" 0\r\n\r\n");
      }
      client.send(batch.toString());
      if (attacker.pick(2) == 0) {
        client.ping();
      }
    }
  }

  private static void subscriptionStorm(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.loggedIn(10)) {
      StringBuilder batch = new StringBuilder();
      for (int i = 1; i <= 10_000; i++) {
        batch.append("SUB ").append(attacker.any("a.*", ">", "*.b", "$JS.>", "_INBOX.>"));
        batch.append(' ').append(i).append("\r\nUNSUB ").append(i);
        batch.append(attacker.any("\r\n", " 1\r\n", " 1000000\r\n"));
      }
      client.send(batch.toString());
      client.ping();
    }
  }
}
