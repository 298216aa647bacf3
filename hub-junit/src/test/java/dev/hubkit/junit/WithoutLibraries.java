package dev.hubkit.junit;

import static dev.hubkit.junit.message.JsonContent.json;
import static dev.hubkit.junit.message.MessageMatchers.header;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.hubkit.fossil.Commit;
import dev.hubkit.fossil.FileContent;
import dev.hubkit.fossil.FossilRepository;
import dev.hubkit.fossil.Snapshot;
import dev.hubkit.junit.message.MessageView;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * Test classes that {@link WithoutLibrariesTest} runs without the NATS client, AssertJ and
 * JSONPath. They use only JUnit and the toolkit.
 */
class WithoutLibraries {
  /** The number of these tests that succeed. */
  static final int SUCCESSFUL = 7;

  private static final byte[] EMPTY = {};

  private WithoutLibraries() {}

  /** None of the libraries is on the class path. */
  static class Lacking {
    @Test
    void areNotThere() {
      assertThrows(ClassNotFoundException.class, () -> Class.forName("io.nats.client.Nats"));
      assertThrows(
          ClassNotFoundException.class, () -> Class.forName("org.assertj.core.api.Assertions"));
    }

    @Test
    void areNamedWhereTheyAreNeeded() {
      assertEquals("{}", json("{}").text());
      assertTrue(header("a", "b").matches(MessageView.of("x", Map.of("a", List.of("b")), EMPTY)));
      String message =
          assertThrows(IllegalStateException.class, () -> json("$.id", 42)).getMessage();
      assertTrue(message.contains("add com.jayway.jsonpath:json-path"), message);
    }
  }

  /** A hub without NATS. */
  @WithHub(nats = false, reset = Reset.BEFORE_EACH)
  @WithSeed(files = "a.txt=one")
  static class Repository {
    HubResource hub;

    @RepeatedTest(2)
    @WithSeed(files = "c.txt=three")
    void isServed(FossilRepository repository, @HubUrl(Service.FOSSIL) URI url) throws Exception {
      repository.commit(new Commit("me", "mine").put("b.txt", FileContent.of("two")));
      HttpURLConnection page =
          (HttpURLConnection) url.resolve("/timeline").toURL().openConnection();
      assertEquals(200, page.getResponseCode());
      hub.journal().await().pageRequests("/timeline").atMost(Duration.ofSeconds(20));
      // A check-in contains the files that were committed.
      assertEquals(1, repository.<Integer, RuntimeException>read(tip -> files(tip)));
      hub.time().freeze();
      hub.faults().requests().fail(503);
    }

    private static int files(Snapshot snapshot) {
      return snapshot.checkInFiles(snapshot.resolve("tip")).all().size();
    }
  }

  /** A NATS server with a client other than jnats. */
  @WithHub
  static class Server {
    @Test
    void greets(@HubPort(Service.NATS) int port, HubResource hub) throws Exception {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
          BufferedReader in =
              new BufferedReader(
                  new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
        assertTrue(in.readLine().startsWith("INFO {"));
      }
      hub.rewind(hub.snapshot());
    }

    @Test
    @WithHub
    void alsoOneOfATest(HubResource hub) {
      assertTrue(hub.natsUrl().startsWith("nats://"));
    }
  }

  /** A hub for each test. */
  @WithHub(isolation = Isolation.PER_TEST)
  @WithUser(name = "alice")
  static class Apart {
    @Test
    void isApart(HubResource hub, FossilRepository repository) {
      assertTrue(repository.file().startsWith(hub.root()));
    }
  }

  /** Asks for values that need the missing libraries. */
  @WithHub
  static class Asking {
    @Test
    @WithStream(name = "ORDERS")
    void declares() {
      fail("not to be reached");
    }
  }

  /** Fails, so that the extension reports on the hub and keeps its state. */
  @WithHub(name = "evidence", keepOnFailure = true)
  static class Failing {
    @Test
    void fails() {
      fail("on purpose");
    }
  }
}
