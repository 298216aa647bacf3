package dev.hubkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.web.FossilServer;
import dev.hubkit.fossil.web.FossilServerOptions;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.log.Quoted;
import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.NatsServer;
import dev.hubkit.nats.NatsServerProcess;
import dev.hubkit.nats.config.ConfigFile;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Checks that outside text does no harm in logs and answers. */
class OddTextTest {
  private static final String FORGED = "[1] 2026/01/01 00:00:00.000000 [INF] forged";
  private static final String CONFIG =
      "trace: true\ndebug: true\nauthorization { users: [{user: u, password: p, permissions:"
          + " {publish: {allow: [\"ok\", \"$JS.API.>\"]}, subscribe: {allow: [\"ok\","
          + " \"_INBOX.>\"]}}}] }\n";

  @TempDir Path directory;

  private final ConcurrentLinkedQueue<String> logged = new ConcurrentLinkedQueue<>();
  private final Logger logger = Logger.getLogger("dev.hubkit");
  private final Handler capture = new Capture();

  /** Keeps what a logging back end sees: messages and exceptions. */
  private final class Capture extends Handler {
    private final SimpleFormatter formatter = new SimpleFormatter();

    @Override
    public void publish(LogRecord record) {
      logged.add(formatter.formatMessage(record));
      for (Throwable at = record.getThrown(); at != null; at = at.getCause()) {
        logged.add(at.toString());
      }
    }

    @Override
    public void flush() {
      // The handler buffers nothing.
    }

    @Override
    public void close() {
      // The handler has nothing open.
    }
  }

  @BeforeEach
  void capture() {
    capture.setLevel(Level.ALL);
    logger.setLevel(Level.ALL);
    logger.setUseParentHandlers(false);
    logger.addHandler(capture);
  }

  @AfterEach
  void release() {
    logger.removeHandler(capture);
    logger.setUseParentHandlers(true);
    logger.setLevel(null);
  }

  /** Asserts that no text starts a line of its own or sends commands to a terminal. */
  private void assertNothingForged() {
    assertThat(logged).isNotEmpty();
    assertThat(logged)
        .allSatisfy(
            line ->
                assertThat(line.chars())
                    .as(line)
                    .noneMatch(
                        c ->
                            Character.isISOControl(c)
                                || c == 0x2028
                                || c == 0x2029
                                || (c >= 0x202a && c <= 0x202e)));
  }

  static Stream<String> odd() {
    return Stream.of(
        "x\n" + FORGED,
        "x\r\n" + FORGED,
        "x\r" + FORGED,
        "\u001b[31mred\u001b[2J",
        "\u009b31mred",
        "x\u0085" + FORGED,
        "x\u2028" + FORGED,
        "\u202egnp.x",
        "x\u0000\u0007\b",
        "{} {}\u007f",
        "\ud800half");
  }

  private static byte[] answer(int port, byte[] request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(request);
      socket.shutdownOutput();
      return socket.getInputStream().readAllBytes();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private NatsServer start() throws IOException {
    Path file = directory.resolve("odd.conf");
    Files.writeString(
        file, "port: -1\njetstream { store_dir: \"" + directory.resolve("js") + "\" }\n" + CONFIG);
    return NatsServer.start(NatsOptions.of(ConfigFile.read(file.toString(), name -> null)));
  }

  @ParameterizedTest
  @MethodSource("odd")
  void ofNatsClients(String odd) throws Exception {
    JsonWriter json = JsonWriter.compact().beginObject();
    json.field("verbose", false).field("pass", "p").field("user", "u");
    for (String field : List.of("name", "lang", "version")) {
      json.field(field, odd);
    }
    String named =
        "CONNECT " + new String(json.endObject().toBytes(), StandardCharsets.UTF_8) + "\r\n";
    JsonWriter other = JsonWriter.compact().beginObject();
    for (String field :
        List.of("user", "pass", "auth_token", "jwt", "nkey", "sig", "name", "lang", "version")) {
      other.field(field, odd);
    }
    String refused =
        "CONNECT " + new String(other.endObject().toBytes(), StandardCharsets.UTF_8) + "\r\n";
    // A word of the protocol has neither spaces nor line ends.
    String word = odd.replaceAll("[\r\n \t]", "");
    List<String> all = new ArrayList<>(List.of(refused, odd + "\r\n"));
    all.add(named + "PUB " + word + " 0\r\n\r\nPUB ok " + word + " 0\r\n\r\nPING\r\n");
    all.add(named + "SUB " + word + " 1\r\nSUB ok " + word + " 2\r\nUNSUB " + word + "\r\n");
    all.add(named + "SUB ok " + word + "\r\nUNSUB " + word + " 1\r\nPING\r\n");
    all.add(named + "HPUB ok 28 28\r\nNATS/1.0\r\nNats-X: \u001b[31m\r\n\r\nPING\r\n");
    all.add(named + "PUB ok " + bytes(odd).length + "\r\n" + odd + "\r\nPING\r\n");
    for (String api : List.of("STREAM.CREATE.", "STREAM.INFO.", "CONSUMER.CREATE.S.")) {
      all.add(named + "PUB $JS.API." + api + word + " _INBOX.x 2\r\n{}\r\nPING\r\n");
    }
    all.add(named + "PUB ok " + word + "\r\n");
    all.add(named + "INFO {" + word + "}\r\n");
    all.add("CONNECT {" + word + "}\r\n");
    try (NatsServer server = start()) {
      for (String each : all) {
        byte[] answer = answer(server.port(), bytes(each));
        new String(answer, StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("-ERR"))
            .forEach(
                line ->
                    assertThat(line.chars().anyMatch(Character::isISOControl)).as(line).isFalse());
      }
    }
    assertNothingForged();
  }

  @ParameterizedTest
  @MethodSource("odd")
  void ofFossilClients(String odd) throws Exception {
    Path file = directory.resolve("odd.fossil");
    try (FossilRepository repository =
            FossilRepository.create(file, CreateOptions.withAdministrator("me"));
        FossilServer server =
            FossilServer.start(repository, FossilServerOptions.defaults().withPort(0))) {
      URI url = URI.create(server.url());
      StringBuilder path = new StringBuilder("/");
      for (byte b : bytes(odd)) {
        path.append(String.format("%%%02x", b));
      }
      String line = odd.replaceAll("[\r\n]", "");
      String head = " HTTP/1.0\r\nHost: " + line + "\r\nUser-Agent: " + line + "\r\n";
      String login = "login " + line + " 0123 4567\npull x y\n";
      String card = odd + " " + odd + "\n";
      for (String body : List.of(login, card, "file " + line + " 5\nabcde\n")) {
        String type = "Content-Type: application/x-fossil-uncompressed\r\nContent-Length: ";
        answer(
            url.getPort(),
            bytes("POST /xfer" + head + type + bytes(body).length + "\r\n\r\n" + body));
      }
      answer(url.getPort(), bytes("GET " + path + head + "\r\n"));
      answer(url.getPort(), bytes("GET /info?name=" + path + head + "\r\n"));
      answer(url.getPort(), bytes("GET /" + line + head + "\r\n"));
    }
    logged.add("looked at");
    assertNothingForged();
  }

  @Test
  void inWhatIsThrown() {
    Log log = Log.of(OddTextTest.class);
    Exception odd = new IOException("x\n" + FORGED, new IllegalStateException("\u001b[31m"));
    odd.addSuppressed(new IllegalStateException("\u0085"));
    log.error("Failed: {}", "a\nb", odd);
    log.warn("pattern\n" + FORGED);
    assertNothingForged();
    StringWriter trace = new StringWriter();
    Quoted.of(odd).printStackTrace(new PrintWriter(trace));
    assertThat(trace.toString().lines())
        .noneMatch(line -> line.startsWith("[1]"))
        .anyMatch(line -> line.contains("OddTextTest.inWhatIsThrown"));
    Exception plain = new IOException("plain");
    assertThat(Quoted.of(plain)).isSameAs(plain);
  }

  // ---- Compared with the real server

  private static List<String> errors(int port, byte[] commands) throws IOException {
    List<String> errors = new ArrayList<>();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      InputStream in = new BufferedInputStream(socket.getInputStream());
      socket
          .getOutputStream()
          .write(
              bytes(
                  "CONNECT {\"user\":\"u\",\"pass\":\"p\",\"verbose\":false,\"pedantic\":false}\r\n"));
      socket.getOutputStream().write(commands);
      socket.getOutputStream().write(bytes("PING\r\n"));
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int b = in.read(); b >= 0; b = in.read()) {
        line.write(b);
        if (b == '\n') {
          String text = line.toString(StandardCharsets.ISO_8859_1);
          line.reset();
          if (text.startsWith("PONG")) {
            break;
          }
          if (text.startsWith("-ERR")) {
            errors.add(text);
          }
        }
      }
    }
    return errors;
  }

  @Test
  void errorsAreTheRealServersByteForByte() throws Exception {
    Path file = directory.resolve("real.conf");
    Files.writeString(file, CONFIG.replace("trace: true\ndebug: true\n", ""));
    try (NatsServerProcess real = NatsServerProcess.start(directory, "-c", file.toString());
        NatsServer hub = start()) {
      for (String odd :
          List.of(
              "a\u001b[31mb",
              "a\"b",
              "a\\b",
              "a\u00a0b",
              "a\u202eb",
              "a\u0000b",
              "a\u007f",
              "\u00e9",
              "\u0085x",
              "a'b",
              "\ud83d\ude00",
              "\ue000",
              "\u0007\b\f\u000b",
              "{}%s%n")) {
        byte[] commands =
            bytes(
                "PUB "
                    + odd
                    + " 0\r\n\r\nPUB ok $JS.ACK."
                    + odd
                    + " 0\r\n\r\nSUB "
                    + odd
                    + " 1\r\nSUB "
                    + odd
                    + " q"
                    + odd
                    + " 2\r\n");
        assertThat(errors(hub.port(), commands)).as(odd).isEqualTo(errors(real.port(), commands));
      }
      byte[] invalid =
          "PUB a\u00ff\u00ed\u00a0\u0080b 0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
      assertThat(errors(hub.port(), invalid)).isEqualTo(errors(real.port(), invalid));
    }
  }
}
