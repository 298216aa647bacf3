package dev.hubkit.nats.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigReaderTest {
  private static final Map<String, String> ENVIRONMENT =
      Map.of("NUMBER", "64k", "LOOP", "$LOOP", "BROKEN", "[", "LIST", "{a: [1, x]}", "EMPTY", "");

  @TempDir Path directory;

  /**
   * Wraps fields in an option that takes any map, so that every valid text has a digest to compare.
   */
  private static String anything(String fields) {
    return "tls { ca_certs_match: {" + fields + "} }";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: 1, b = 2; c 3\n d: x",
        "a: [1, 2, x\n y # no\n z // no\n], b: {c: [[1 ], {d: e}]}",
        "a: 1k, b: 1kb, c: 2Mi, d: 3GiB, e: 1E, f: -4t, g: 5p",
        "a: 1.5, b: -2.25, c: 100000000000000000000000.5, d: 0.0000001",
        "a: 127.0.0.1:4222, b: 10.0.0.0/8, c: 1a, d: 12kx, e: 2-x",
        "a: 2016-05-04T18:53:41Z",
        "a: true, b: NO, c: On, d: 'true', e: \"off\", f: yesno",
        "a: \"x\\ty\\n\\r\\\"\\\\\\x41\\xc3\\xa9\", b: un\\x41quoted, c: 'raw\\n'",
        "a: it's, b: http://x.y/z?q=1#f",
        "a: (\none line\n two ) lines\n)\n, b: (\n)\n",
        "'quoted key': 1, \"other key\" 2, /slash: 3, $dollar: 4",
        "x: 5, y: $x, z: {w: $y, x: 6, v: $x}, l: [$x, $x ]",
        "a: $NUMBER, b: $LIST, c: $2a$11$UP3xizk94sWF9SHF/wkklOfBT9jphTGNrhZqz2OHoBdk9yO1kvErG",
        "a: <&>\u2028 b, ü: ß€😀",
        "a:\n\n 5, b {\n}, c []",
        "a: -, b: 1",
        "a: .5",
        "a: -.5",
        "a: 1.x",
        "a: 12-34",
        "a: 2016-05-0xT",
        "a: 2016-13-04T18:53:41Z",
        "a: 99999999999999999999",
        "a: $MISSING",
        "a: $LOOP",
        "a: $BROKEN",
        "a: [1, , 2]",
        "a: [1",
        "a: [x y]",
        "a: {b: 1",
        "a: {b: 1 c: 2}",
        "a: {: 1}",
        "a: {]}",
        "a: \"x",
        "a: 'x",
        "a: \"x\\q\"",
        "a: \"x\\x4\n\"",
        "a: (\nx",
        "'a",
        "a: , b: 1",
        "a: 1 # x\n, b: 2 // y\n, # z\n // w\n c: 3",
        "include 'part.conf'\n b: $shared",
        "include \"part.conf\"",
        "include part.conf\n",
        "include missing.conf\n",
        "include [1]",
        "include {a}",
        "include 5",
        "include \n",
        "a: \"multi\nline\", b: 'more\nlines'",
        "a: [8kb], b: [-5], c: [1.5], d: [5,]"
            + ", e: 8eib, f: 9223372036854775807k, g: 1e400, h: 5e7bcd, i: 1k5, j: -0, k: -0.0"
            + ", l: {m: 1}, l: {n: 2}, L: $l, o: b\u0000 p: q\n\ufeffr: 1\r\n\ud83d\ude00: 2"
            + ", s: \"$a\", t: '$a', u: x$a, v: $EMPTY, \uffff: 3\n include part.conf\n"
            + " shared: 5\n include part.conf\n x: $shared",
        "a: [1,2]",
        "a: 1.\u0661",
        "a: $b, b: 1",
        "a: \"x\\xzz\"",
        "include ''",
      })
  void readsAsTheRealServerDoes(String fields) throws IOException {
    RealNatsServer.assumePresent();
    Files.writeString(directory.resolve("part.conf"), "shared: {a: 1}\nport_: [1, 2 ]\n");
    Path file = directory.resolve("test.conf");
    Files.writeString(file, anything(fields));
    String ours;
    try {
      Map<String, ConfigValue> read = ConfigReader.read(file.toString(), ENVIRONMENT::get);
      ours = "configuration file " + file + " is valid (" + ConfigDigest.of(read) + ")";
    } catch (ConfigException e) {
      ours = String.valueOf(e.getMessage());
    }
    assertThat(ours).isEqualTo(theirs());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing\n",
        "foo",
        "foo\n  ",
        "\n\n foo   ",
        "'foo",
        "'",
        "server_name: a }",
        "{server_name: a}",
        "{server_name: a",
        "{ server_name: a, \n port: 5 } # x",
        "{{ server_name: a }\n}",
        "{{ server_name: a } x",
        "server_name = a ; port = 5 , host: x",
        "server_name: 'a' x",
        "server_name: a / port",
        "/ server_name: a",
        ": 5",
        "= 5",
        "server_name =\nport: 5",
        "server_name =",
        "tls { ca_certs_match { a: {b: 1kbb, c: 1}, d: [1kibi, 2 ], e } }",
        "tls { ca_certs_match { a: {b}, c: 1 } }",
        "server_name: \"",
        "server_name: a\nport\u0000",
        "{ 'x",
        "\ufeffport: 5",
        "port: 5\nPort: 6\r\nserver_name: a\r\nserver_name: b",
        "{\"server_name\": \"a\", \"port\": 5, \"accounts\": {\"A\": {\"users\": []}}}",
        "include part.conf",
        "include part.conf\nhost: $me",
        "include loop.conf"
      })
  void readsDocumentsAsTheRealServerDoes(String text) throws IOException {
    RealNatsServer.assumePresent();
    Files.writeString(directory.resolve("part.conf"), "me: localhost\nserver_name: $me\n");
    if (text.contains("loop")) {
      return;
    }
    assertThat(ours(text)).isEqualTo(theirs());
  }

  @Test
  void refusesAFileThatIncludesItself() throws IOException {
    Files.writeString(directory.resolve("test.conf"), "include test.conf\n");
    assertThat(ours("include test.conf\n")).contains("includes are nested too deep");
  }

  @Test
  void refusesDeepNesting() throws IOException {
    assertThat(ours("a: " + "[".repeat(100_000))).contains("nested deeper than 200 levels");
    assertThat(ours("a " + "{a ".repeat(100_000))).contains("nested deeper than 200 levels");
    assertThat(ours("{".repeat(100_000))).contains("nested deeper than 200 levels");
  }

  private String ours(String text) throws IOException {
    Path file = directory.resolve("test.conf");
    Files.writeString(file, text);
    try {
      return ConfigFile.test(file.toString(), ENVIRONMENT::get).strip();
    } catch (ConfigException e) {
      return String.valueOf(e.getMessage()).strip();
    }
  }

  private String theirs() {
    return RealNatsServer.test(directory.resolve("test.conf"), ENVIRONMENT);
  }
}
