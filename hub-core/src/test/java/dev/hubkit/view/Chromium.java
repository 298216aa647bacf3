package dev.hubkit.view;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A browser without a window, driven by the DevTools protocol of Chromium. */
public final class Chromium implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;
  private static final Pattern ADDRESS = Pattern.compile("DevTools listening on (ws://\\S+)");
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final AtomicInteger lastId = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonObject>> waiting = new ConcurrentHashMap<>();
  private final Map<String, BiConsumer<String, JsonObject>> listeners = new ConcurrentHashMap<>();

  private Chromium(Process process, URI address) {
    this.process = process;
    this.socket = http.newWebSocketBuilder().buildAsync(address, new Incoming()).join();
  }

  /** Returns the program; empty where there is none on the PATH. */
  public static Optional<Path> program() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .flatMap(directory -> NAMES.stream().map(name -> Path.of(directory, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts the browser.
   *
   * @param directory for its profile
   */
  public static Chromium start(Path program, Path directory) throws IOException {
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                // Tests in containers run as root.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--hide-scrollbars",
                "--remote-debugging-port=0",
                "--user-data-dir=" + directory,
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    CompletableFuture<URI> address = new CompletableFuture<>();
    Thread reader = new Thread(() -> read(process, address), "chromium-output");
    reader.setDaemon(true);
    reader.start();
    try {
      return new Chromium(process, address.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    } catch (Exception e) {
      process.destroyForcibly();
      throw new IOException("The browser " + program + " does not start", e);
    }
  }

  private static void read(Process process, CompletableFuture<URI> address) {
    List<String> lines = new ArrayList<>();
    try (BufferedReader errors = process.errorReader(UTF_8)) {
      for (String line = errors.readLine(); line != null; line = errors.readLine()) {
        lines.add(line);
        Matcher found = ADDRESS.matcher(line);
        if (found.find()) {
          address.complete(URI.create(found.group(1)));
        }
      }
      address.completeExceptionally(new IOException("It has ended: " + lines));
    } catch (IOException e) {
      address.completeExceptionally(e);
    }
  }

  /** Returns a page of its own, which shows nothing yet. */
  public BrowserPage open() {
    String target =
        send("", "Target.createTarget", "{\"url\":\"about:blank\"}").string("targetId", "");
    String session =
        send("", "Target.attachToTarget", "{\"targetId\":\"" + target + "\",\"flatten\":true}")
            .string("sessionId", "");
    return new BrowserPage(this, session, target);
  }

  void listen(String session, BiConsumer<String, JsonObject> listener) {
    listeners.put(session, listener);
  }

  /**
   * Sends a command and returns its result.
   *
   * @param session the session of a page; empty for the browser
   */
  JsonObject send(String session, String method, String parameters) {
    int id = lastId.incrementAndGet();
    JsonWriter command = JsonWriter.compact().beginObject().field("id", id);
    command.field("method", method).raw("params", parameters);
    command.fieldIfSet("sessionId", session);
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    synchronized (this) {
      socket.sendText(new String(command.endObject().toBytes(), UTF_8), true).join();
    }
    JsonObject result = answer.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    if (result.has("error")) {
      throw new IllegalStateException(
          method + ": " + result.objectOrEmpty("error").string("message"));
    }
    return result.objectOrEmpty("result");
  }

  private final class Incoming implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        JsonObject message = Json.parseObject(text.toString());
        text.setLength(0);
        CompletableFuture<JsonObject> answer = waiting.remove((int) message.integer("id", 0));
        BiConsumer<String, JsonObject> listener = listeners.get(message.string("sessionId", ""));
        if (answer != null) {
          answer.complete(message);
        } else if (listener != null) {
          listener.accept(message.string("method", ""), message.objectOrEmpty("params"));
        }
      }
      from.request(1);
      return CompletableFuture.completedFuture(null);
    }
  }

  @Override
  public void close() {
    try {
      socket.sendText("{\"id\":0,\"method\":\"Browser.close\"}", true).join();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }
}
