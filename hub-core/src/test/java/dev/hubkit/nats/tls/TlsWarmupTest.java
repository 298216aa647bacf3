package dev.hubkit.nats.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.nats.NatsOptions;
import dev.hubkit.nats.config.ConfigFile;
import dev.hubkit.nats.config.Options;
import dev.hubkit.nats.security.TestCertificate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The handshakes that a server makes with itself. */
class TlsWarmupTest {
  @TempDir static Path directory;
  private static TestCertificate own;
  private static TestCertificate other;

  @BeforeAll
  static void makeCertificates() throws Exception {
    own = TestCertificate.make(directory, "own", "CN=localhost", "dns:localhost,ip:127.0.0.1");
    other = TestCertificate.make(directory, "other", "CN=other", "dns:other");
  }

  private static TlsContext context(String more) throws Exception {
    Path file = directory.resolve("tls.conf");
    Files.writeString(
        file,
        "tls { cert_file: \"%s\", key_file: \"%s\" %s }"
            .formatted(own.certFile(), own.keyFile(), more)
            .replace("OWN", own.certFile().toString())
            .replace("OTHER", other.certFile().toString()));
    return NatsOptions.of(ConfigFile.read(file.toString(), name -> null))
        .config()
        .get(Options.TLS)
        .orElseThrow();
  }

  @Test
  void makesAFewHandshakesOnceAndAsLongAsTheyAreWanted() throws Exception {
    TlsContext context = context("");
    int made = TlsWarmup.make(context, () -> true);
    assertThat(made).isBetween(2, 50);
    Iterator<Boolean> answers = List.of(true, true, false).iterator();
    assertThat(TlsWarmup.make(context, answers::next)).isEqualTo(2);
    TlsWarmup.run(context, () -> false); // this, or another test before
    assertThat(TlsWarmup.run(context, () -> true)).isZero();
  }

  @Test
  void goesThroughTheCheckOfAClientsCertificate() throws Exception {
    TlsContext trusting = context(", verify: true, ca_file: \"OWN\"");
    assertThat(TlsWarmup.make(trusting, () -> true)).isGreaterThan(1);
  }

  @Test
  void endsQuietlyWhenTheServerWouldNotTakeItsOwnCertificate() throws Exception {
    TlsContext strict = context(", verify: true, ca_file: \"OTHER\"");
    assertThat(TlsWarmup.make(strict, () -> true)).isZero();
  }
}
