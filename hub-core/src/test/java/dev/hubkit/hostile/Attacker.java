package dev.hubkit.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.Socket;
import java.util.Queue;
import java.util.Random;
import javax.net.ssl.SSLContext;

/**
 * Gives an attack what it works with: connections to the hub, random choices, and a place to report
 * faults.
 */
final class Attacker {
  static final String USER = "mallory";
  static final String PASSWORD = "evil";

  /** A user whose password is kept as a bcrypt hash. */
  static final String HASHED_USER = "bob";

  private static final String[] ODD = {
    "\0",
    "a\0b",
    "../../x",
    "a/b",
    "a\\b",
    "..",
    ".",
    "*",
    ">",
    "a.b",
    "a b",
    "\u001b[2J",
    "a\r\nb",
    "\n",
    "\u202eabc",
    "\ud83d\ude00",
    "con",
    "a\u0001\u007f",
    "%s%n%x",
    "${jndi:x}",
    "\"},{\"",
    "'; drop table event; --",
    "x".repeat(300),
    "x".repeat(3000),
    "\u00ff\u00fe",
    "$SYS",
    "$JS",
    "_INBOX.>",
    "~",
    "C:",
    "aux:",
    ""
  };

  private final AttackedHub hub;
  private final Sockets sockets;
  private final SSLContext tls;
  private final Random random;
  private final Queue<String> faults;

  Attacker(AttackedHub hub, Sockets sockets, SSLContext tls, Random random, Queue<String> faults) {
    this.hub = hub;
    this.sockets = sockets;
    this.tls = tls;
    this.random = random;
    this.faults = faults;
  }

  AttackedHub hub() {
    return hub;
  }

  Random random() {
    return random;
  }

  SSLContext tls() {
    return tls;
  }

  int pick(int bound) {
    return random.nextInt(bound);
  }

  @SafeVarargs
  final <T> T any(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** Returns a name that the hub's code may not have considered. */
  String oddName() {
    String name = ODD[random.nextInt(ODD.length)];
    return random.nextInt(4) == 0 ? name + random.nextInt(5) : name;
  }

  /** Returns a name that is one token of a subject on a line of the protocol. */
  String oddToken() {
    String name = oddName().replaceAll("[ \t\r\n.]", "_");
    return name.isEmpty() ? "_" : name;
  }

  /** Returns the text as JSON has it between quotes. */
  static String quoted(String text) {
    StringBuilder json = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ') {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.toString();
  }

  /** Returns JSON that is as deep as it is long. */
  String deepJson() {
    int depth = any(50, 2_000, 100_000);
    return random.nextBoolean()
        ? "[".repeat(depth)
        : "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
  }

  byte[] randomBytes(int most) {
    byte[] bytes = new byte[1 + random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }

  /** Returns random bytes, mixed with words that mean something in the protocol. */
  byte[] garbage(int most) {
    StringBuilder text = new StringBuilder();
    int length = 1 + random.nextInt(most);
    while (text.length() < length) {
      text.append(
          any(
              "PUB ",
              "SUB ",
              "HPUB ",
              "MSG ",
              "\r\n",
              "PING\r\n",
              "CONNECT {",
              "+OK\r\n",
              "INFO {}\r\n",
              "UNSUB ",
              "RS+ ",
              "LMSG ",
              " 99999999999 ",
              " -1",
              "NATS/1.0\r\n",
              new String(randomBytes(40), ISO_8859_1)));
    }
    return text.toString().getBytes(ISO_8859_1);
  }

  AttackingClient connect(int port, int seconds) throws IOException, InterruptedException {
    return connect(port, 0, seconds);
  }

  AttackingClient connect(int port, int receiveBuffer, int seconds)
      throws IOException, InterruptedException {
    Socket socket = sockets.connect(port, receiveBuffer, seconds);
    return new AttackingClient(sockets, socket);
  }

  /** Opens a connection to NATS that has not logged in. */
  AttackingClient nats(int seconds) throws IOException, InterruptedException {
    return connect(hub.natsPort(), seconds);
  }

  /** Opens a connection to NATS and logs in. */
  AttackingClient loggedIn(int seconds) throws IOException, InterruptedException {
    AttackingClient client = nats(seconds);
    client.login(USER, PASSWORD, "");
    return client;
  }

  /** Reports something that a server must not do, whatever a client asks. */
  void fault(String what) {
    faults.add(what);
  }
}
