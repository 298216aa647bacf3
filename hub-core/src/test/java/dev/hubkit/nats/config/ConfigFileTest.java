package dev.hubkit.nats.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.ComparedWithNatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {
  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Valid.
        "port: 4222, host: localhost, debug: true\n max_payload: 2MB",
        "listen: \"127.0.0.1:4333\"\n http: 8222",
        "authorization { user: a, password: b, timeout: 3 }",
        "authorization { token: s3cr3t }",
        "authorization { users: [ {user: a, password: b, permissions: {publish: x, subscribe: [y, \"z q\"]}} ] }",
        "authorization { default_permissions: {pub: {allow: a, deny: [b]}}\n users: [{user: a}] }",
        "authorization { users: [{user: a, permission: {allow_responses: {max: 5, expires: 1m}, sub: a}}] }",
        "authorization { users: [{nkey: UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4}] }",
        "accounts { A { users: [{user: a, password: b}], exports: [{stream: x}, {service: y, threshold: 1s, latency: lat}, {service: w, response: stream}], jetstream: enabled }\n"
            + " B { imports: [{stream: {account: A, subject: x}, prefix: p}, {service: {account: A, subject: y}, to: z}], mappings: {a: b, c: [{dest: d, weight: 50%}]} } }",
        "accounts: [A, B ]",
        "jetstream: {store_dir: /tmp/x, max_mem: 1G, max_file: \"10G\", sync_interval: always, domain: d}",
        "jetstream: enabled",
        "no_auth_user: a\n authorization {users: [{user: a}]}",
        "websocket {port: 8080, no_tls: true, compression: true, allowed_origins: [\"http://x\"], headers: {A: b}}",
        "cluster { name: c, listen: 127.0.0.1:-1, routes: [nats://a:1, \"nats://u:p@b:2\"], authorization {user: a, password: b} }",
        "lame_duck_duration: \"1m\"\n lame_duck_grace_period: 5s\n write_deadline: 3s\n ping_interval: 30s",
        "server_tags: [a, b ]\n server_metadata {a: b}\n max_connections: 0",
        "x: 5\n port: $x",
        "system_account: SYS\n accounts {SYS {users: [{user: s, password: p}]}}",
        // Unknown names.
        "prot: 4222",
        "authorization { usr: a }",
        "authorization { users: [{user: a, passwd: b}] }",
        "authorization { users: [{user: a, permissions: {pbulish: x}}] }",
        "authorization { users: [{user: a, permissions: {publish: {alow: x}}}] }",
        "accounts { A { user: [] } }",
        "accounts { A { exports: [{strem: x}] } }",
        "accounts { A { imports: [{stream: {acount: x}}] } }",
        "accounts { A { limits: {max_con: 5} } }",
        "accounts { A { jetstream: {max_strems: 5} } }",
        "jetstream { stor_dir: x }",
        "jetstream { limits { max_ack_pendin: 5 } }",
        "tls { cert_fil: x }",
        "websocket { prt: 5 }",
        "cluster { nam: x }",
        // Wrong types.
        "\n\n   port: abc",
        "debug: 5",
        "debug: [1 ]",
        "host: {a: b}",
        "listen: 1.5",
        "listen: localhost",
        "listen: \"localhost:x\"",
        "listen: \"::1:4222\"",
        "max_payload: 10G",
        "max_control_line: 10G",
        "max_sub_tokens: 300",
        "max_sub_tokens: 0",
        "max_pending: 1.5",
        "ping_interval: 5",
        "ping_interval: 5x",
        "ping_interval: true",
        "lame_duck_duration: 5s",
        "lame_duck_duration: 5",
        "lame_duck_grace_period: \"-5s\"",
        "server_name: \"a b\"",
        "server_tags: 5",
        "server_tags: [[]]",
        "server_metadata: 5",
        "server_metadata: {a: 5}",
        "write_timeout: never",
        "system_account: 5",
        "authorization: 5",
        "authorization { user: 5 }",
        "authorization { timeout: true }",
        "authorization { timeout: 5x }",
        "authorization { timeout: 100 }",
        "authorization { user: a, token: b }",
        "authorization { user: a, users: [{user: b}] }",
        "authorization { token: a, users: [{user: b}] }",
        "authorization { users: 5 }",
        "authorization { users: [5 ] }",
        "authorization { users: [{}] }",
        "authorization { users: [{password: x}] }",
        "authorization { users: [{nkey: UABC}] }",
        "authorization { users: [{user: a}, {user: a}] }",
        "authorization { users: [{user: a, permissions: 5}] }",
        "authorization { users: [{user: a, permissions: {publish: 5}}] }",
        "authorization { users: [{user: a, permissions: {publish: [5 ]}}] }",
        "authorization { users: [{user: a, permissions: {publish: \"a..b\"}}] }",
        "authorization { users: [{user: a, permissions: {publish: \"a b\"}}] }",
        "authorization { users: [{user: a, permissions: {subscribe: \"a b c\"}}] }",
        "authorization { users: [{user: a, permissions: {subscribe: \"a b..c\"}}] }",
        "authorization { users: [{user: a, permissions: {allow_responses: 5}}] }",
        "authorization { users: [{user: a, permissions: {allow_responses: {expires: 5}}}] }",
        "authorization { users: [{user: a, permissions: {allow_responses: {expires: 5x}}}] }",
        "authorization { users: [{user: a, allowed_connection_types: [\"x\", \"STANDARD\"]}] }",
        "authorization { users: [{user: a, allowed_connection_types: 5}] }",
        "authorization { auth_callout: 5 }",
        "authorization { auth_callout: {issuer: x} }",
        "authorization { auth_callout: {account: x} }",
        "accounts { \"$G\" {} }",
        "accounts: [A, A ]",
        "accounts { A: 5 }",
        "accounts { A { nkey: x } }",
        "accounts { A { exports: 5 } }",
        "accounts { A { exports: [5 ] } }",
        "accounts { A { exports: [{stream: 5}] } }",
        "accounts { A { exports: [{service: x, response: y}] } }",
        "accounts { A { exports: [{service: x, threshold: y}] } }",
        "accounts { A { exports: [{service: x, latency: {sampling: 500, subject: y}}] } }",
        "accounts { A { exports: [{service: x, latency: {sampling: 50}}] } }",
        "accounts { A { exports: [{service: x, response: stream, latency: y}] } }",
        "accounts { A { imports: 5 } }",
        "accounts { A { imports: [{service: 5}] } }",
        "accounts { A { imports: [{stream: {account: B}}] } }",
        "accounts { A { imports: [{stream: {account: B, subject: x}}] } }",
        "accounts { A { exports: [{stream: x, accounts: [B]}] } }",
        "accounts { A { limits: 5 } }",
        "accounts { A { jetstream: maybe } }",
        "accounts { A { jetstream: {max_mem: x} } }",
        "accounts { A { users: [{user: u}, {user: u}] } }",
        "accounts { A { mappings: {\"a..b\": c} } }",
        "accounts { A { mappings: {a: [{dest: b}]} } }",
        "accounts { A { mappings: {a: [{dest: b, weight: 500}]} } }",
        "accounts { A { mappings: {a: [{dest: b, weight: x}]} } }",
        "accounts { A { msg_trace: \"a..b\" } }",
        "accounts { A { msg_trace: {dest: a, sampling: 500} } }",
        "jetstream: maybe",
        "jetstream: 5",
        "jetstream { max_mem: 10Q }",
        "jetstream { max_mem: 1.5 }",
        "jetstream { limits: 5 }",
        "jetstream { max_buffered_msgs: x }",
        "tls { cert_file: 5 }",
        "tls { cert_file: x }",
        "tls { key_file: x }",
        "tls { cert_file: x, key_file: y }",
        "tls { verify: x }",
        "tls { cipher_suites: [] }",
        "tls { cipher_suites: [x ] }",
        "tls { cipher_suites: [TLS_RSA_WITH_RC4_128_SHA ] }",
        "tls { curve_preferences: [x ] }",
        "tls { timeout: x }",
        "tls { pinned_certs: [x ] }",
        "tls { handshake_first: 5 }",
        "tls { handshake_first: sometimes }",
        "tls { min_version: \"1.1\" }",
        "tls { min_version: \"9\" }",
        "tls { ca_file: missing.pem }",
        "tls { certs: [{cert_file: x}] }",
        "tls: 5",
        "websocket: 5",
        "websocket { handshake_timeout: x }",
        "websocket { headers: 5 }",
        "websocket { headers: {a: 5} }",
        "cluster: 5",
        "cluster { name: \"a b\" }",
        "cluster { routes: 5 }",
        "cluster { routes: [a, a ] }",
        "cluster { authorization { token: x } }",
        "cluster { authorization { users: [] } }",
        "operator: 5",
        "operator: missing.jwt",
        "operator: eyJ0",
        "resolver: 5",
        "resolver: x",
        "resolver: {type: full}",
        "resolver: {type: full, dir: x, ttl: 5s}",
        "resolver: {type: cache, dir: x, allow_delete: true}",
        "resolver_preload: 5",
        "resolver_preload: {a: 5}",
        "resolver_preload: {a: b}",
        "trusted: OABC",
        "trusted: 5",
        "feature_flags: {a: 5}",
        "cluster { permissions { import: [\"a..b\"] }, port: 6222 }",
        "authorization { users = [ {user: a, password: b, permissions: {publish: {allow: \"x\","
            + " deny: [\"y z\"]}, subscribe: \"q q1 q2\"}} ] }",
        "mappings { foo: [{destination: bar, weight: 60%}, {destination: baz, weight: 50%}] }",
        "mappings { foo: [{destination: bar, weight: 50%}, {destination: bar, weight: 50%}] }",
        "mappings { \"foo.*\": \"bar.$2\" }",
        "mappings { c: \"d.{{nope(1)}}\" }",
        "accounts { A { mappings { \"a.*\": {destination: \"b.{{wildcard(2)}}\", weight: 100} } } }"
      })
  @ComparedWithNatsServer
  void judgesAsTheRealServerDoes(String text) throws IOException {
    RealNatsServer.assumePresent();
    Path file = directory.resolve("test.conf");
    Files.writeString(file, text);
    String ours;
    try {
      ours = ConfigFile.test(file.toString(), System::getenv);
    } catch (ConfigException e) {
      ours = String.valueOf(e.getMessage());
    }
    String theirs = RealNatsServer.test(file, Map.of());
    if (theirs.contains(" is valid")) {
      assertThat(ours).isEqualTo(theirs);
    } else {
      // The real server omits the position of some problems, and reports further ones that follow
      // from them.
      String first = ours.lines().findFirst().orElseThrow();
      assertThat(theirs.lines()).as(first).anyMatch(first::endsWith);
    }
  }

  @Property(tries = 3000)
  void readsOrRefusesAnything(@ForAll("texts") String text) {
    try {
      ConfigDigest.of(ConfigReader.parse(text.getBytes(UTF_8), "", name -> null, 0));
    } catch (ConfigException e) {
      assertThat(e.errors()).isNotEmpty();
    }
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> pieces =
        Arbitraries.oneOf(
            Arbitraries.of(
                "{",
                "}",
                "[",
                "]",
                "(",
                ")",
                ",",
                ";",
                ":",
                "=",
                "\n",
                " ",
                "\"",
                "'",
                "\\",
                "#",
                "//",
                "/",
                "$",
                "-",
                ".",
                "1",
                "2016-01-01T00:00:00Z",
                "64k",
                "true",
                "key",
                "include ",
                "\\x4",
                "\n)\n",
                "\u0000",
                "é",
                "$key"),
            Arbitraries.strings().ofMaxLength(5));
    return pieces.list().ofMaxSize(30).map(list -> String.join("", list));
  }
}
