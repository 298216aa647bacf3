package dev.hubkit.view;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A page in {@link Chromium}, with all that the browser complains about. */
public final class BrowserPage implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 30;

  private final Chromium browser;
  private final String session;
  private final String target;
  private final List<String> complaints = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private volatile CompletableFuture<Boolean> loaded = new CompletableFuture<>();

  BrowserPage(Chromium browser, String session, String target) {
    this.browser = browser;
    this.session = session;
    this.target = target;
    browser.listen(session, this::happened);
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      send(domain + ".enable", "{}");
    }
  }

  private JsonObject send(String method, String parameters) {
    return browser.send(session, method, parameters);
  }

  private synchronized void happened(String method, JsonObject event) {
    switch (method) {
      case "Page.loadEventFired" -> loaded.complete(true);
      case "Runtime.exceptionThrown" ->
          complaints.add(
              "thrown: "
                  + event
                      .objectOrEmpty("exceptionDetails")
                      .objectOrEmpty("exception")
                      .string("description", ""));
      case "Runtime.consoleAPICalled" -> complaints.add("console: " + event.string("type"));
      case "Log.entryAdded" ->
          complaints.add("log: " + event.objectOrEmpty("entry").string("text"));
      case "Page.javascriptDialogOpening" -> complaints.add("dialog: " + event.string("message"));
      case "Network.requestWillBeSent" ->
          requests.add(event.objectOrEmpty("request").string("url", ""));
      default -> {}
    }
  }

  /** Returns what the browser has complained about: errors, messages, violations, dialogs. */
  public synchronized List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** Returns the URLs of all requests. */
  synchronized List<String> requests() {
    return List.copyOf(requests);
  }

  /** Sets the size of the window, and the preferences of the person. */
  public void emulate(int width, int height, String scheme, boolean lessMotion) {
    send(
        "Emulation.setDeviceMetricsOverride",
        "{\"width\":"
            + width
            + ",\"height\":"
            + height
            + ",\"deviceScaleFactor\":1,"
            + "\"mobile\":false}");
    send(
        "Emulation.setEmulatedMedia",
        "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\""
            + scheme
            + "\"},"
            + "{\"name\":\"prefers-reduced-motion\",\"value\":\""
            + (lessMotion ? "reduce" : "no-preference")
            + "\"}]}");
    settle();
  }

  /** Loads a file, and returns when its scripts have run. */
  void load(Path file) throws Exception {
    load(file.toUri());
  }

  /** Loads a page, and returns when its scripts have run. */
  public void load(URI url) throws Exception {
    loaded = new CompletableFuture<>();
    send("Page.navigate", "{\"url\":\"" + url + "\"}");
    loaded.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    settle();
  }

  /** Waits until the page has been drawn again. */
  void settle() {
    evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
  }

  /** Returns the value of an expression, as text. */
  public String evaluate(String expression) {
    JsonWriter parameters = JsonWriter.compact().beginObject();
    parameters.field("expression", "Promise.resolve(" + expression + ").then(String)");
    parameters.field("awaitPromise", true).field("returnByValue", true);
    JsonObject answer =
        send("Runtime.evaluate", new String(parameters.endObject().toBytes(), UTF_8));
    if (answer.has("exceptionDetails")) {
      throw new IllegalStateException(
          expression
              + ": "
              + answer
                  .objectOrEmpty("exceptionDetails")
                  .objectOrEmpty("exception")
                  .string("description"));
    }
    return answer.objectOrEmpty("result").string("value", "");
  }

  /** Returns the text of the first element of a selector. */
  String text(String selector) {
    return evaluate("document.querySelector('" + selector + "').innerText").strip();
  }

  /** Clicks with the mouse in the middle of an element. */
  void click(String selector) {
    String place =
        evaluate(
            "(() => { const one = document.querySelector('"
                + selector
                + "'); one.scrollIntoView({block: 'nearest'}); const box ="
                + " one.getBoundingClientRect(); return JSON.stringify({x: box.x + box.width / 2,"
                + " y: box.y + box.height / 2}) })()");
    String point = place.substring(1, place.length() - 1);
    for (String type : List.of("mousePressed", "mouseReleased")) {
      send(
          "Input.dispatchMouseEvent",
          "{\"type\":\"" + type + "\"," + point + ",\"button\":\"left\",\"clickCount\":1}");
    }
    settle();
  }

  /** Presses a key on the element that has the focus. */
  void press(String key) {
    for (String type : List.of("rawKeyDown", "keyUp")) {
      send("Input.dispatchKeyEvent", "{\"type\":\"" + type + "\",\"key\":\"" + key + "\"}");
    }
    settle();
  }

  /** Types text into the element that has the focus. */
  void type(String text) {
    JsonWriter parameters = JsonWriter.compact().beginObject().field("text", text).endObject();
    send("Input.insertText", new String(parameters.toBytes(), UTF_8));
    settle();
  }

  /** Returns the nodes that a screen reader is told of. */
  List<JsonObject> accessibleNodes() {
    return send("Accessibility.getFullAXTree", "{}").objects("nodes").stream()
        .filter(node -> !node.bool("ignored", false))
        .toList();
  }

  /** Returns a picture of what is in the window, as PNG. */
  public byte[] picture() {
    return Base64.getDecoder()
        .decode(send("Page.captureScreenshot", "{\"format\":\"png\"}").string("data", ""));
  }

  @Override
  public void close() {
    browser.send("", "Target.closeTarget", "{\"targetId\":\"" + target + "\"}");
  }
}
