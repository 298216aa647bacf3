package dev.hubkit.fossil.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.hubkit.fossil.CreateOptions;
import dev.hubkit.fossil.FossilRepository;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("counts the threads of the JVM")
class FossilServerTest {
  private static final FossilServerOptions ANY_PORT = FossilServerOptions.defaults().withPort(0);

  @TempDir Path directory;
  private FossilRepository repository;

  @BeforeEach
  void create() {
    repository =
        FossilRepository.create(
            directory.resolve("r.fossil"), CreateOptions.withAdministrator("admin"));
  }

  @AfterEach
  void close() {
    repository.close();
  }

  @Test
  void takesAFreePortAndSaysWhich() throws IOException {
    try (FossilServer server = FossilServer.start(repository, ANY_PORT)) {
      assertThat(server.port()).isPositive();
      assertThat(server.url()).isEqualTo("http://127.0.0.1:" + server.port() + "/");
      new Socket(InetAddress.getLoopbackAddress(), server.port()).close();
    }
  }

  @Test
  void namesAPortThatIsInUseAndLeavesNothingBehind() throws IOException {
    Set<String> before = threads();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      assertThatThrownBy(() -> FossilServer.start(repository, ANY_PORT.withPort(port)))
          .isInstanceOf(BindException.class)
          .hasMessageContaining("127.0.0.1:" + port);
    }
    await()
        .pollInSameThread()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(before).containsAll(threads()));
  }

  @Test
  void closingFreesThePortAndEndsEveryThread() throws IOException {
    Set<String> before = threads();
    FossilServer server = FossilServer.start(repository, ANY_PORT);
    int port = server.port();
    try (Socket idle = new Socket(InetAddress.getLoopbackAddress(), port)) {
      assertThat(idle.isConnected()).isTrue();
      server.close();
      server.close();
    }
    FossilServer.start(repository, ANY_PORT.withPort(port)).close();
    await()
        .pollInSameThread()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(before).containsAll(threads()));
  }

  private static Set<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .collect(Collectors.toSet());
  }
}
