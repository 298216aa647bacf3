package dev.hubkit.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.Backend;
import dev.hubkit.Hub;
import dev.hubkit.HubOptions;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.api.StreamConfiguration;
import java.io.BufferedReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shows that {@code hub open FILE} serves saved state in its own process. */
@Timeout(180)
class SavedStateTest {
  private static final Pattern NATS = Pattern.compile("nats://[0-9.:]+");
  private static final Pattern FOSSIL = Pattern.compile("http://[0-9.:]+/");

  @TempDir Path home;

  private Path saved(boolean fossil) throws Exception {
    HubOptions.Builder options = HubOptions.forTests().toBuilder();
    if (!fossil) {
      options.fossil(Backend.off());
    }
    Path file = home.resolve("OrdersTest.hub");
    try (Hub hub = Hub.start(Files.createDirectory(home.resolve("root")), options.build());
        Connection nats = Nats.connect(hub.natsUrl())) {
      nats.jetStreamManagement()
          .addStream(StreamConfiguration.builder().name("ORDERS").subjects("orders.>").build());
      nats.jetStream().publish("orders.1", "two coffees".getBytes(UTF_8));
      hub.snapshot().save(file);
    }
    return file;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void servesWhatWasSaved(boolean fossil) throws Exception {
    Path file = saved(fossil);
    Path temporary = Files.createDirectory(home.resolve("tmp"));
    List<String> command = new ArrayList<>(Shell.hubCommand());
    command.add(1, "-Djava.io.tmpdir=" + temporary);
    command.addAll(List.of("open", file.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(home.resolve("errors").toFile()).start();
    try (BufferedReader output = process.inputReader()) {
      String printed = output.readLine();
      while (!NATS.matcher(printed).find()) {
        printed += "\n" + output.readLine();
      }
      try (Connection nats = Nats.connect(first(NATS, printed))) {
        assertThat(nats.jetStreamManagement().getMessage("ORDERS", 1).getData())
            .asString(UTF_8)
            .isEqualTo("two coffees");
      }
      assertThat(FOSSIL.matcher(printed).find()).isEqualTo(fossil);
      if (fossil) {
        HttpRequest page = HttpRequest.newBuilder(URI.create(first(FOSSIL, printed))).build();
        assertThat(HttpClient.newHttpClient().send(page, BodyHandlers.discarding()).statusCode())
            .isLessThan(400);
      }
      process.destroy();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
    assertThat(home.resolve("errors")).isEmptyFile();
    try (java.util.stream.Stream<Path> left = Files.list(temporary)) {
      assertThat(left.filter(path -> path.getFileName().toString().startsWith("hub-open-")))
          .isEmpty();
    }
    assertThat(file).isRegularFile();
  }

  private static String first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return matcher.group();
  }
}
