package dev.hubkit.junit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.io.TempDir;

/** A server for tests that do not use JUnit 5. */
class TestNatsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;

  /** A program whose class path has no JUnit. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws Exception {
      try {
        Class.forName("org.junit.jupiter.api.Test");
        throw new AssertionError("JUnit is there");
      } catch (ClassNotFoundException e) {
        // As it should be.
      }
      try (TestNats nats = TestNats.start()) {
        useAllPowers(nats);
        try {
          nats.hub().connectAs("nobody");
          throw new AssertionError("nobody is a user");
        } catch (IllegalArgumentException e) {
          System.out.println(e.getMessage());
        }
        AssertionError failure = new AssertionError("on purpose");
        nats.explain(failure, "Program.main");
        System.out.println(failure.getSuppressed()[0]);
      }
    }
  }

  private static void useAllPowers(TestNats nats) throws IOException, JetStreamApiException {
    nats.time().freeze();
    nats.jetStreamManagement()
        .addStream(
            StreamConfiguration.builder()
                .name("ORDERS")
                .subjects("orders.>")
                .storageType(StorageType.Memory)
                .maxAge(Duration.ofHours(1))
                .build());
    nats.jetStream().publish("orders.1", "soup".getBytes(UTF_8));
    nats.journal().await().published("orders.1").atMost(SOON);
    nats.time().advance(Duration.ofHours(2));
    long left = nats.jetStreamManagement().getStreamInfo("ORDERS").getStreamState().getMsgCount();
    if (left != 0) {
      throw new AssertionError(left + " messages are left");
    }
    nats.faults().crash();
    nats.faults().recover();
    nats.time().resume();
  }

  @Test
  void hasAllPowers() throws Exception {
    TestNats nats = TestNats.start();
    try (nats) {
      Connection client = nats.connect();
      assertThat(client.getServerInfo().getPort()).isEqualTo(nats.port());
      assertThat(nats.url()).isEqualTo("nats://127.0.0.1:" + nats.port());
      client.close();
      useAllPowers(nats);
    }
    nats.close();
    new ServerSocket(nats.port()).close();
    assertThat(nats.hub().root()).doesNotExist();
  }

  @Test
  void takesAConfigurationAndOptions() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("nats.conf"),
            "server_name: shop\nauthorization { user: clerk, password: tea }\n");
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (TestNats nats =
            TestNats.builder()
                .config(file.toString())
                .options(options -> options.maxPayload(1000))
                .port(port)
                .start();
        Connection client = nats.connect()) {
      assertThat(nats.port()).isEqualTo(port);
      assertThat(client.getServerInfo().getServerName()).isEqualTo("shop");
      assertThat(client.getMaxPayload()).isEqualTo(1000);
    }
    assertThatThrownBy(() -> TestNats.builder().config("absent.conf"))
        .isInstanceOf(ExtensionConfigurationException.class)
        .hasMessageContaining("config(\"absent.conf\"): ")
        .hasMessageContaining("does not exist");
  }

  @Test
  void needsNoJUnit() throws Exception {
    Path output = directory.resolve("output.txt");
    String path =
        Arrays.stream(
                System.getProperty(
                        "surefire.test.class.path", System.getProperty("java.class.path"))
                    .split(File.pathSeparator))
            .filter(
                entry -> !entry.matches(".*(junit-(jupiter|platform)|opentest4j|assertj).*\\.jar"))
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                path,
                Program.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(output)
        .content()
        .contains("There is no user \"nobody\"")
        .contains("What the hub saw in Program.main:", "PUB orders.1 ", ", 4 bytes: soup");
    assertThat(process.exitValue()).as(Files.readString(output)).isZero();
  }
}
