package dev.hubkit.hostile;

import java.util.List;

/** Attacks on the HTTP servers: monitoring and Fossil. */
final class HttpAttacks {
  private HttpAttacks() {}

  static List<Attack> all() {
    return List.of(
        new Attack("half HTTP requests", 4, HttpAttacks::half),
        new Attack("HTTP headers without end", 2, HttpAttacks::endlessHeaders),
        new Attack("stalled uploads", 3, HttpAttacks::stalledUpload),
        new Attack("HTTP that is not read", 3, HttpAttacks::notRead),
        new Attack("odd HTTP requests", 4, HttpAttacks::odd),
        new Attack("Fossil cards", 3, HttpAttacks::cards));
  }

  private static int port(Attacker attacker) {
    return attacker.random().nextBoolean()
        ? attacker.hub().monitorPort()
        : attacker.hub().fossilPort();
  }

  private static void half(Attacker attacker) throws Exception {
    int port = port(attacker);
    int count = 2 + attacker.pick(30);
    for (int i = 0; i < count; i++) {
      try (AttackingClient client = attacker.connect(port, 6)) {
        client.send(
            attacker.any(
                "G",
                "GET /",
                "GET / HTTP/1.1\r\n",
                "GET /healthz HTTP/1.1\r\nHost: x\r\n",
                "POST /xfer HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n",
                "GET / HTTP/1.1\r\nHost: "));
        client.hold();
      }
    }
  }

  private static void endlessHeaders(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.connect(port(attacker), 6)) {
      client.send("GET /" + attacker.any("", "x".repeat(100_000)) + " HTTP/1.1\r\nHost: x\r\n");
      String more = attacker.any("A: b\r\n", "A: " + "b".repeat(8_000) + "\r\n", "b", " \r\n");
      for (int i = 0; i < 2_000_000 / more.length() / 20; i++) {
        client.send(more.repeat(20));
      }
    }
  }

  private static void stalledUpload(Attacker attacker) throws Exception {
    int count = 2 + attacker.pick(20);
    for (int i = 0; i < count; i++) {
      try (AttackingClient client = attacker.connect(attacker.hub().fossilPort(), 6)) {
        boolean chunked = attacker.random().nextBoolean();
        client.send(
            "POST "
                + attacker.any("/xfer", "/", "/login", "/json", "/nothing")
                + " HTTP/1.1\r\nHost: x\r\nContent-Type: "
                + attacker.any(
                    "application/x-fossil",
                    "application/x-fossil-uncompressed",
                    "application/x-www-form-urlencoded",
                    "multipart/form-data; boundary=x")
                + "\r\n"
                + (chunked
                    ? "Transfer-Encoding: chunked\r\n\r\n"
                    : "Content-Length: "
                        + attacker.any("5000000", "200000000", "99999999999", "-1")
                        + "\r\n\r\n"));
        if (chunked) {
          client.send(attacker.any("ffffffff\r\n", "7fffffffffffffff\r\n", "5\r\nab", "zz\r\n"));
        } else {
          client.send(attacker.randomBytes(attacker.any(10, 100_000)));
        }
        client.hold();
      }
    }
  }

  private static void notRead(Attacker attacker) throws Exception {
    int port = port(attacker);
    int count = 2 + attacker.pick(20);
    String path =
        port == attacker.hub().monitorPort()
            ? attacker.any(
                "/connz?subs=1&limit=100000", "/jsz?streams=1&consumers=1", "/subsz?subs=1")
            : attacker.any(
                "/tarball/trunk.tar.gz", "/zip/trunk.zip", "/timeline?n=500", "/raw/README");
    for (int i = 0; i < count; i++) {
      try (AttackingClient client = attacker.connect(port, 2048, 6)) {
        client.send(("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n").repeat(20));
        if (attacker.pick(3) == 0) {
          client.read(3_000);
        }
        client.hold();
      }
    }
  }

  private static void odd(Attacker attacker) throws Exception {
    int port = port(attacker);
    try (AttackingClient client = attacker.connect(port, 6)) {
      String path =
          attacker.any("/connz", "/subsz", "/jsz", "/timeline", "/info", "/dir", "/login", "/raw");
      String query =
          attacker.any(
              "?limit=-1",
              "?limit=99999999999999999999",
              "?offset=2147483647&limit=2147483647",
              "?name=" + attacker.oddToken(),
              "?acc=" + attacker.oddToken(),
              "?n=999999999&d=%00%ff",
              "/%2e%2e/%2e%2e/etc/passwd",
              "/" + "%41".repeat(2_000),
              "?" + "a=b&".repeat(2_000));
      client.send(
          attacker.any("GET ", "POST ", "HEAD ", "TRACE ", "X ", "")
              + path
              + query
              + attacker.any(" HTTP/1.1", " HTTP/1.0", " HTTP/9.9", "", " HTTP/1.1 x")
              + "\r\nHost: x\r\nConnection: close\r\n"
              + attacker.any(
                  "", "Content-Length: 3\r\nContent-Length: 4\r\n", "Expect: 100-continue\r\n")
              + "Cookie: fossil-x="
              + attacker.oddToken()
              + "\r\n\r\n");
      client.drain(50_000);
    }
  }

  private static void cards(Attacker attacker) throws Exception {
    try (AttackingClient client = attacker.connect(attacker.hub().fossilPort(), 6)) {
      String body =
          attacker.any(
              "clone 3 1\n",
              "clone 99999999999 -5\n",
              "pull x y\n",
              "push " + attacker.oddToken() + " z\n",
              "file " + "a".repeat(40) + " 2000000000\n",
              "file " + "a".repeat(64) + " -1\n",
              "login x y z\n",
              "igot " + "f".repeat(64) + "\n",
              "gimme " + "0".repeat(40) + "\n",
              "cookie " + "c".repeat(100_000) + "\n",
              "reqconfig /all\n".repeat(1_000),
              "uvgimme " + attacker.oddToken() + "\n",
              "pragma x\n".repeat(10_000));
      byte[] bytes =
          (body + attacker.any("", "\0", body)).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      client.send(
          "POST /xfer HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: "
              + attacker.any("application/x-fossil-uncompressed", "application/x-fossil")
              + "\r\nContent-Length: "
              + bytes.length
              + "\r\n\r\n");
      client.send(bytes);
      client.drain(200_000);
    }
  }
}
