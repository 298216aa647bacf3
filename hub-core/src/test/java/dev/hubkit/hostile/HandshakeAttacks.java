package dev.hubkit.hostile;

import java.net.Socket;
import java.util.List;
import javax.net.ssl.SSLSocket;

/** Attacks on the TLS of the NATS port. */
final class HandshakeAttacks {
  private HandshakeAttacks() {}

  static List<Attack> all() {
    return List.of(
        new Attack("half TLS handshakes", 3, HandshakeAttacks::half),
        new Attack("TLS and no more", 2, HandshakeAttacks::dropped),
        new Attack("TLS and silence", 2, HandshakeAttacks::silent));
  }

  private static void half(Attacker attacker) throws Exception {
    for (int i = 0; i < 10; i++) {
      try (AttackingClient client = attacker.nats(4)) {
        client.line();
        byte[] hello = attacker.randomBytes(attacker.any(3, 200, 17_000));
        hello[0] = 0x16;
        if (hello.length > 4) {
          hello[1] = 3;
          hello[2] = attacker.any((byte) 1, (byte) 3, (byte) 0x7f);
          hello[3] = attacker.any((byte) 0, (byte) 0x40, (byte) 0xff);
        }
        client.send(hello);
        client.hold();
      }
    }
  }

  private static SSLSocket handshake(Attacker attacker, AttackingClient client) throws Exception {
    client.line();
    Socket plain = client.socket();
    SSLSocket secured =
        (SSLSocket) attacker.tls().getSocketFactory().createSocket(plain, "127.0.0.1", 0, false);
    secured.startHandshake();
    client.over(secured);
    return secured;
  }

  private static void dropped(Attacker attacker) throws Exception {
    for (int i = 0; i < 10; i++) {
      try (AttackingClient client = attacker.nats(4)) {
        handshake(attacker, client);
        if (attacker.pick(2) == 0) {
          client.send("CONNECT {");
        }
      }
    }
  }

  private static void silent(Attacker attacker) throws Exception {
    for (int i = 0; i < 5; i++) {
      try (AttackingClient client = attacker.nats(5)) {
        handshake(attacker, client);
        if (attacker.pick(2) == 0) {
          client.send(
              AttackingClient.connect(Attacker.USER, Attacker.PASSWORD, "")
                  + "SUB > 1\r\nPUB x 100000\r\n");
        }
        if (attacker.pick(2) == 0) {
          // Sends bytes that are no TLS record after a proper handshake.
          client.socket().getOutputStream().write(attacker.randomBytes(1000));
        }
        client.hold();
      }
    }
  }
}
