package dev.hubkit.hostile;

import java.util.List;

/** Attacks on the login to NATS. */
final class LoginAttacks {
  private LoginAttacks() {}

  static List<Attack> all() {
    return List.of(
        new Attack("odd fields of CONNECT", 5, LoginAttacks::oddFields),
        new Attack("wrong passwords", 3, LoginAttacks::wrongPasswords),
        new Attack("connects and drops", 3, LoginAttacks::connectsAndDrops));
  }

  private static void oddFields(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.nats(5)) {
      client.line();
      String odd = Attacker.quoted(attacker.oddName());
      String text = "\"" + odd + "\"";
      String value =
          attacker.any(
              text,
              text,
              text,
              "1e400",
              "-9223372036854775809",
              "null",
              "[]",
              "{}",
              "true",
              attacker.deepJson(),
              "\"" + "y".repeat(100_000) + "\"");
      String field =
          attacker.any(
              "name",
              "lang",
              "version",
              "user",
              "pass",
              "jwt",
              "nkey",
              "sig",
              "protocol",
              "echo",
              "auth_token",
              "headers",
              "verbose",
              "proxy_sig",
              odd);
      client.send(
          attacker.pick(2) == 0
              ? AttackingClient.connect(
                  Attacker.USER, Attacker.PASSWORD, ",\"" + field + "\":" + value)
              : "CONNECT {\"" + field + "\":" + value + "}\r\n");
      client.send("PING\r\nPUB " + attacker.oddToken() + " 1\r\nx\r\nSUB $JS.API.> 1\r\nPING\r\n");
      client.drain(3_000);
    }
  }

  /** Sends wrong passwords; most clients leave before the server has checked theirs. */
  private static void wrongPasswords(Attacker attacker) throws Exception {
    for (int i = 0; i < 100; i++) {
      try (AttackingClient client = attacker.nats(4)) {
        client.send(AttackingClient.connect(Attacker.HASHED_USER, "wrong" + i, "") + "PING\r\n");
        if (attacker.pick(3) == 0) {
          client.hold();
        } else if (attacker.pick(3) == 0) {
          client.line();
        }
      }
    }
  }

  private static void connectsAndDrops(Attacker attacker) throws Exception {
    for (int i = 0; i < 200; i++) {
      int port =
          attacker.any(
              attacker.hub().natsPort(),
              attacker.hub().natsPort(),
              attacker.hub().webSocketPort(),
              attacker.hub().monitorPort(),
              attacker.hub().fossilPort());
      try (AttackingClient client = attacker.connect(port, 3)) {
        switch (attacker.pick(4)) {
          case 0 -> client.send("CONN");
          case 1 -> client.socket().setSoLinger(true, 0);
          case 2 -> client.send("GET / HT");
          default -> {}
        }
      }
    }
  }
}
