package dev.hubkit.fossil.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A browser without a window, controlled through the Chrome DevTools Protocol. */
final class Chromium implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final Process process;
  private final WebSocket socket;
  private final BlockingQueue<JsonObject> received = new LinkedBlockingQueue<>();
  private final List<String> complaints = new ArrayList<>();
  private int requests;

  /** Starts the browser found on PATH; skips the test without one. */
  static Chromium orSkip(Path directory) throws Exception {
    Path program =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .map(part -> Path.of(part, "chromium"))
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(null);
    assumeTrue(program != null, "the program \"chromium\" is not on PATH");
    return new Chromium(program, directory);
  }

  private Chromium(Path program, Path directory) throws Exception {
    Path log = directory.resolve("browser.log");
    ProcessBuilder builder =
        new ProcessBuilder(
                program.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--remote-debugging-port=0",
                "--user-data-dir=" + directory.resolve("browser"),
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("TMPDIR", directory.toString()); // the browser keeps a socket there
    process = builder.start();
    try {
      int port = port(directory.resolve("browser/DevToolsActivePort"));
      socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .buildAsync(URI.create(page(port)), new Receiver())
              .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (Exception | AssertionError e) {
      process.destroyForcibly();
      throw e;
    }
    call("Page.enable", Map.of());
    call("Log.enable", Map.of());
    call("Runtime.enable", Map.of());
  }

  private int port(Path file) throws IOException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      // The file can be there before its content: a line with the port, then one with a path.
      List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
      if (lines.size() > 1) {
        return Integer.parseInt(lines.get(0));
      }
      assertThat(process.isAlive() && System.nanoTime() < deadline).as("chromium starts").isTrue();
      Thread.onSpinWait();
    }
  }

  /** Returns the address at which the protocol controls the one open page. */
  private static String page(int port) throws IOException {
    URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
    try (BufferedReader in =
        new BufferedReader(
            new java.io.InputStreamReader(list.toURL().openStream(), StandardCharsets.UTF_8))) {
      String text = in.lines().reduce("", String::concat);
      JsonObject pages = Json.parseObject("{\"pages\":" + text + "}");
      return pages.objects("pages").stream()
          .filter(page -> page.string("type", "").equals("page"))
          .findFirst()
          .orElseThrow()
          .string("webSocketDebuggerUrl", "");
    }
  }

  private final class Receiver implements WebSocket.Listener {
    private final StringBuilder message = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean isLast) {
      message.append(part);
      if (isLast) {
        received.add(Json.parseObject(message.toString()));
        message.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  /** Sets the width of the window, and whether its user prefers dark pages. */
  void look(long width, boolean dark) throws Exception {
    JsonWriter media = JsonWriter.compact().beginObject().beginArray("features").beginObject();
    media.field("name", "prefers-color-scheme").field("value", dark ? "dark" : "light");
    media.endObject().endArray().endObject();
    send("Emulation.setEmulatedMedia", new String(media.toBytes(), StandardCharsets.UTF_8));
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", 900L, "deviceScaleFactor", 1L, "mobile", false));
  }

  /** Opens a page and waits until all of it has loaded; returns the browser's complaints. */
  List<String> open(String url) throws Exception {
    complaints.clear();
    call("Page.navigate", Map.of("url", url));
    while (true) {
      JsonObject event = next();
      if (event.string("method", "").equals("Page.loadEventFired")) {
        return List.copyOf(complaints);
      }
    }
  }

  /** Returns the value of an expression on the page, which must be a string. */
  String evaluate(String script) throws Exception {
    JsonObject answer = call("Runtime.evaluate", Map.of("expression", script));
    assertThat(answer.has("exceptionDetails")).as("%s", answer).isFalse();
    JsonObject result = answer.object("result");
    return result == null ? "" : result.string("value", "");
  }

  /** Writes a picture of the page into a file, as PNG. */
  void screenshot(Path target) throws Exception {
    JsonObject answer = call("Page.captureScreenshot", Map.of("format", "png"));
    Files.write(target, Base64.getDecoder().decode(answer.string("data", "")));
  }

  private JsonObject call(String method, Map<String, Object> parameters) throws Exception {
    JsonWriter writer = JsonWriter.compact().beginObject();
    parameters.forEach(writer::any);
    return send(method, new String(writer.endObject().toBytes(), StandardCharsets.UTF_8));
  }

  private JsonObject send(String method, String parameters) throws Exception {
    int id = ++requests;
    JsonWriter writer = JsonWriter.compact().beginObject().field("id", id).field("method", method);
    byte[] message = writer.raw("params", parameters).endObject().toBytes();
    socket
        .sendText(new String(message, StandardCharsets.UTF_8), true)
        .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    while (true) {
      JsonObject answer = next();
      if (answer.integer("id", 0) == id) {
        assertThat(answer.has("error")).as("%s: %s", method, answer.object("error")).isFalse();
        return answer.objectOrEmpty("result");
      }
    }
  }

  /** Returns the next answer or event; keeps the events that are complaints. */
  private JsonObject next() throws InterruptedException {
    JsonObject message = received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    assertThat(message).as("chromium answers").isNotNull();
    JsonObject parameters = message.object("params");
    if (parameters != null) {
      switch (message.string("method", "")) {
        case "Log.entryAdded" -> {
          JsonObject entry = parameters.object("entry");
          complaints.add(entry == null ? "" : entry.string("level") + ": " + entry.string("text"));
        }
        case "Runtime.consoleAPICalled", "Runtime.exceptionThrown" ->
            complaints.add(message.string("method") + " " + parameters.string("type"));
        default -> {
          // Other events report the progress of loading.
        }
      }
    }
    return message;
  }

  @Override
  public void close() throws Exception {
    call("Browser.close", Map.of());
    socket.abort();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
