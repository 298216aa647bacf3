package dev.hubkit.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.zip.Deflater;

/** Attacks by WebSocket. */
final class WebSocketAttacks {
  private static final int BINARY = 2;

  private WebSocketAttacks() {}

  static List<Attack> all() {
    return List.of(
        new Attack("half WebSocket handshakes", 3, WebSocketAttacks::half),
        new Attack("compressed WebSockets dropped", 3, WebSocketAttacks::dropped),
        new Attack("WebSocket bombs", 3, WebSocketAttacks::bomb),
        new Attack("odd WebSocket frames", 4, WebSocketAttacks::oddFrames),
        new Attack("WebSocket that is not read", 2, WebSocketAttacks::notRead));
  }

  private static String upgrade(boolean compressed) {
    return "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        + (compressed
            ? "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover;"
                + " server_no_context_takeover\r\n"
            : "");
  }

  private static AttackingClient open(
      Attacker attacker, boolean compressed, int buffer, int seconds) throws Exception {
    AttackingClient client = attacker.connect(attacker.hub().webSocketPort(), buffer, seconds);
    client.send(upgrade(compressed) + "\r\n");
    while (!client.line().isEmpty()) {
      // the head of the answer
    }
    return client;
  }

  /** Returns a frame from a client, with a mask that changes nothing. */
  private static byte[] frame(int first, byte[] payload, long claimed) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(first);
    if (claimed < 126) {
      frame.write(0x80 | (int) claimed);
    } else if (claimed < 65_536) {
      frame.write(0x80 | 126);
      frame.write((int) (claimed >> 8));
      frame.write((int) claimed);
    } else {
      frame.write(0x80 | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        frame.write((int) (claimed >> shift));
      }
    }
    frame.writeBytes(new byte[4]);
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  private static byte[] frame(int first, byte[] payload) {
    return frame(first, payload, payload.length);
  }

  private static byte[] login() {
    String text = AttackingClient.connect(Attacker.USER, Attacker.PASSWORD, "") + "PING\r\n";
    return frame(0x80 | BINARY, text.getBytes(UTF_8));
  }

  private static void half(Attacker attacker) throws Exception {
    for (int i = 0; i < 10; i++) {
      try (AttackingClient client = attacker.connect(attacker.hub().webSocketPort(), 4)) {
        String request = upgrade(attacker.random().nextBoolean());
        switch (attacker.pick(5)) {
          case 0 -> client.send(request.substring(0, attacker.pick(request.length())));
          case 1 -> client.send(request + "X: " + "y".repeat(50_000));
          case 2 -> client.send(request + "X: y\r\n".repeat(5_000));
          case 3 -> client.send(attacker.randomBytes(3_000));
          default -> client.send(request.replace("13", attacker.oddToken()) + "\r\n");
        }
        client.hold();
      }
    }
  }

  private static void dropped(Attacker attacker) throws Exception {
    for (int i = 0; i < 30; i++) {
      try (AttackingClient client = open(attacker, true, 0, 4)) {
        if (attacker.pick(2) == 0) {
          client.send(frame(0xc0 | BINARY, deflated("CONNECT {}\r\nPING\r\n".getBytes(UTF_8))));
        }
      }
    }
  }

  private static byte[] deflated(byte[] bytes) {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    try {
      deflater.setInput(bytes);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      byte[] buffer = new byte[16 * 1024];
      int length = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
      while (length > 0) {
        all.write(buffer, 0, length);
        length = deflater.deflate(buffer, 0, buffer.length, Deflater.SYNC_FLUSH);
      }
      byte[] out = all.toByteArray();
      return java.util.Arrays.copyOf(out, Math.max(0, out.length - 4));
    } finally {
      deflater.end();
    }
  }

  private static void bomb(Attacker attacker) throws Exception {
    byte[] bomb = deflated(new byte[attacker.any(1 << 20, 20 << 20, 60 << 20)]);
    for (int i = 0; i < 3; i++) {
      try (AttackingClient client = open(attacker, true, 0, 5)) {
        if (attacker.pick(2) == 0) {
          client.send(login());
        }
        client.send(frame(0xc0 | BINARY, bomb));
        client.drain(2_000);
      }
    }
  }

  private static void oddFrames(Attacker attacker) throws Exception {
    try (AttackingClient client = open(attacker, attacker.random().nextBoolean(), 0, 4)) {
      if (attacker.pick(2) == 0) {
        client.send(login());
      }
      byte[] some = attacker.randomBytes(2_000);
      switch (attacker.pick(8)) {
        case 0 -> client.send(frame(0x80 | BINARY, some, Long.MAX_VALUE));
        case 1 -> client.send(frame(0x80 | BINARY, some, -1));
        case 2 -> client.send(frame(0xf0 | attacker.pick(16), some));
        case 3 -> {
          for (int i = 0; i < 2_000; i++) {
            client.send(frame(i == 0 ? BINARY : 0, "PUB x 100000 ".getBytes(UTF_8)));
          }
        }
        case 4 -> {
          for (int i = 0; i < 2_000; i++) {
            client.send(frame(0x89, new byte[attacker.pick(125)]));
          }
        }
        case 5 -> client.send(frame(0x88, some));
        case 6 -> client.send(some);
        default -> {
          client.send(frame(0x80 | BINARY, some, 1 << 20));
          client.hold();
        }
      }
      client.drain(3_000);
    }
  }

  private static void notRead(Attacker attacker) throws Exception {
    try (AttackingClient reader = open(attacker, true, 2048, 10)) {
      reader.send(login());
      String text = "SUB ws.flood 1\r\n";
      reader.send(frame(0x80 | BINARY, text.getBytes(UTF_8)));
      reader.hold();
    }
    try (AttackingClient client = attacker.loggedIn(10)) {
      byte[] noise = attacker.randomBytes(20_000);
      for (int i = 0; i < 300; i++) {
        client.send("PUB ws.flood " + noise.length + "\r\n");
        client.send(noise);
        client.send("\r\n");
      }
      client.ping();
    }
  }
}
