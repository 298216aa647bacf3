package dev.hubkit.workspace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubkit.json.Json;
import dev.hubkit.workspace.HubLog.Format;
import dev.hubkit.workspace.HubLog.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubLogTest {
  private static final Instant NOW = Instant.parse("2026-05-04T10:11:12.3456Z");

  @TempDir Path directory;

  @Test
  void writesALineAnEvent() throws Exception {
    Path file = directory.resolve("hub.log");
    try (HubLog log = HubLog.to(file)) {
      log.write(NOW, Level.INFO, "hub", "two\nlines\u0007", null);
      log.write(NOW, Level.DEBUG, "hub", "not kept", null);
      log.write(NOW, Level.ERROR, "hub", "bad", new IllegalStateException("why"));
    }
    assertThat(Files.readAllLines(file)).hasSize(2);
    assertThat(Files.readAllLines(file).get(0))
        .isEqualTo("2026-05-04T10:11:12.345Z INFO  hub: two\\nlines\\a");
    assertThat(Files.readAllLines(file).get(1))
        .startsWith(
            "2026-05-04T10:11:12.345Z ERROR hub: bad | java.lang.IllegalStateException: why")
        .contains("\\n");
  }

  @Test
  void writesJson() throws Exception {
    Path file = directory.resolve("hub.log");
    try (HubLog log = HubLog.to(file, Format.JSON, Level.DEBUG, 10_000)) {
      log.write(NOW, Level.DEBUG, "hub", "a \"b\"", new IllegalStateException("why"));
    }
    var event = Json.parseObject(Files.readAllLines(file).get(0));
    assertThat(event.string("message")).isEqualTo("a \"b\"");
    assertThat(event.string("level")).isEqualTo("DEBUG");
    assertThat(event.string("stack")).contains("why");
  }

  @Test
  void rotatesInPlaceAndKeepsThree() throws Exception {
    Path file = directory.resolve("hub.log");
    try (HubLog log = HubLog.to(file, Format.TEXT, Level.INFO, 1024)) {
      for (int i = 0; i < 200; i++) {
        log.write(NOW, Level.INFO, "hub", "event " + i, null);
      }
    }
    assertThat(file).isNotEmptyFile().content().contains("event 199");
    assertThat(Files.size(file)).isLessThanOrEqualTo(1024);
    assertThat(directory.resolve("hub.log.3")).exists();
    assertThat(directory.resolve("hub.log.4")).doesNotExist();
    // Nothing is lost between the last two files.
    String last = Files.readAllLines(directory.resolve("hub.log.1")).get(19);
    String first = Files.readAllLines(file).get(0);
    assertThat(number(first))
        .isEqualTo(
            Files.readAllLines(directory.resolve("hub.log.1")).size() - 20 + number(last) + 1);
  }

  private static int number(String line) {
    return Integer.parseInt(line.substring(line.lastIndexOf(' ') + 1));
  }
}
