package dev.hubkit.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of a trace in a real browser. {@code -Dhub.browser=all} adds what takes longer. */
class TracePageTest {
  private static final String KITCHEN =
      """
      {"version":1,"test":"KitchenTest.cooks","result":"failed","began":1796000000000,
       "dropped":0,"shortened":0,
       "failure":{"type":"AssertionError","message":"no soup\\nexpected: 1","at":"KitchenTest.java:7"},
       "unmet":[{"text":"published on orders.2 within 5 s; nearest: x","nearest":[2]}],
       "entries":[
        {"k":"CONNECTED","t":0,"r":1,"client":3,"name":"KitchenTest.cooks nats","account":"$G"},
        {"k":"SENT","t":10,"r":11,"client":3,"name":"KitchenTest.cooks nats","d":"PONG","g":true},
        {"k":"PUBLISHED","t":1000,"r":1001,"client":3,"name":"KitchenTest.cooks nats","s":"orders.1",
         "y":"_INBOX.a.1","h":{"Kind":["soup","hot"]},"z":9,"p":"{\\"id\\": 1}"},
        {"k":"STORED","t":1100,"r":1101,"c":2,"account":"$G","stream":"ORDERS","seq":1,"s":"orders.1"},
        {"k":"DELIVERED","t":1200,"r":1201,"c":3,"client":4,"name":"KitchenTest.cooks cook",
         "s":"orders.1","y":"$JS.ACK.ORDERS.kitchen.1.1.1.1796000000001000000.0","i":"2","z":9,
         "p":"{\\"id\\": 1}","u":60},
        {"k":"FAULT","t":1300,"r":1301,"d":"the cook is stalled"},
        {"k":"DELIVERED","t":31000000,"r":1401,"c":3,"client":4,"name":"KitchenTest.cooks cook",
         "s":"orders.1","y":"$JS.ACK.ORDERS.kitchen.2.1.2.1796000000001000000.0","i":"2","z":9,
         "p":"{\\"id\\": 1}"},
        {"k":"PUBLISHED","t":31000100,"r":1501,"c":6,"client":4,"name":"KitchenTest.cooks cook",
         "s":"$JS.ACK.ORDERS.kitchen.2.1.2.1796000000001000000.0","z":4,"p":"+ACK"},
        {"k":"PUBLISHED","t":31000200,"r":1601,"client":3,"name":"KitchenTest.cooks nats",
         "s":"bills.1","z":2,"b":"/wA="}],
       "streams":[{"name":"ORDERS","subjects":["orders.>"],"messages":1,"bytes":60,"first":1,"last":1,
        "distinct":1,"consumers":[{"name":"kitchen","policy":"explicit","filters":[],"delivered":1,
        "floor":1,"pending":0,"outstanding":0,"redelivered":0}]}]}
      """;

  private static final String HOSTILE =
      "\"><img src=x onerror=\"window.hacked=1\"></script><script>window.hacked=1</script><!--"
          + "\u2028\u202e${script}";

  // The contrast of each text with what is behind it, by WCAG 2.
  private static final String PALE_TEXTS =
      """
      (() => {
        const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
        const rgb = (over, under) => {
          canvas.fillStyle = under; canvas.fillRect(0, 0, 1, 1);
          canvas.fillStyle = over; canvas.fillRect(0, 0, 1, 1);
          const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data; return `rgb(${r}, ${g}, ${b})`; };
        const light = (text) => text.match(/\\d+/g).slice(0, 3).map(Number).map((v) => v / 255)
          .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
          .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
        const behind = (one) => one === null ? 'rgb(255, 255, 255)'
          : rgb(getComputedStyle(one).backgroundColor, behind(one.parentElement));
        const pale = [];
        let seen = 0;
        for (const one of document.querySelectorAll('body *')) {
          const own = [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
          if (!own || !one.checkVisibility() || one.closest('script, .hidden, option')) continue;
          seen++;
          const back = behind(one);
          const two = [light(rgb(getComputedStyle(one).color, back)), light(back)].sort((a, b) => b - a);
          const ratio = (two[0] + 0.05) / (two[1] + 0.05);
          if (ratio < 4.5) pale.push(one.tagName + '.' + one.className + ' ' + ratio.toFixed(2));
        }
        return seen < 40 ? 'only ' + seen + ' texts' : pale.join('; ');
      })()
      """;

  // Controls and heads of lanes that lie upon each other, or stick out of the window.
  private static final String OVERLAPS =
      """
      (() => {
        const all = [...document.querySelectorAll('button, input, select, h1, #count, #clock, .head b')]
          .filter((one) => one.checkVisibility() && !one.closest('.switch, .strip'))
          .map((one) => [one, one.getBoundingClientRect()]);
        const bad = [];
        all.forEach(([one, a], i) => {
          if (a.left < 0 || a.right > innerWidth + 0.5) bad.push('out: ' + one.id + one.textContent);
          all.slice(i + 1).forEach(([other, b]) => {
            if (a.left + 1 < b.right && b.left + 1 < a.right && a.top + 1 < b.bottom
                && b.top + 1 < a.bottom && !one.contains(other)) {
              bad.push((one.id || one.textContent) + ' on ' + (other.id || other.textContent));
            }
          });
        });
        if (document.documentElement.scrollWidth > innerWidth) bad.push('wider than the window');
        return bad.join('; ');
      })()
      """;

  @TempDir static Path directory;
  private static @Nullable Chromium browser;
  private static @Nullable BrowserPage shared;

  @BeforeAll
  static void start() throws Exception {
    Path program = Chromium.program().orElse(null);
    assumeTrue(
        program != null,
        "No browser: install Chromium (Debian's package chromium) to test pages in it");
    browser = Chromium.start(program, directory.resolve("profile"));
    shared = browser.open();
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
  }

  private final BrowserPage page = Objects.requireNonNull(shared, "started before all tests");

  private void show(String json, int width, int height) throws Exception {
    Path file = directory.resolve("trace.html");
    Files.write(file, TracePage.of("Trace", json.getBytes(UTF_8)));
    page.emulate(width, height, "light", false);
    page.load(file);
  }

  private void assertQuiet() {
    assertThat(page.complaints()).isEmpty();
    assertThat(page.requests()).allMatch(url -> url.startsWith("file:") && url.endsWith(".html"));
  }

  private String selected() {
    return page.text(".step.selected b");
  }

  private List<String> titles() {
    return page.evaluate(
            "[...document.querySelectorAll('.step b')].map(b => b.textContent).join('\\n')")
        .lines()
        .toList();
  }

  @Test
  void beginsWithWhatCameNearestToTheFailingAssertion() throws Exception {
    show(KITCHEN, 1280, 800);
    assertThat(page.text("#test")).isEqualTo("KitchenTest.cooks");
    assertThat(page.text("#failure-message")).contains("no soup", "expected: 1");
    assertThat(page.text("#failure-at")).isEqualTo("KitchenTest.java:7");
    assertThat(page.text(".finding.miss"))
        .isEqualTo("Waited in vain for published on orders.2 within 5 s");
    assertThat(page.text(".finding.fault")).isEqualTo("The cook is stalled");
    assertThat(page.text("#findings li:last-child")).contains("delivered to kitchen 2 times");
    assertThat(selected()).isEqualTo("PUB orders.1");
    assertThat(page.text(".step.selected .badge")).isEqualTo("nearest miss");
    assertThat(titles())
        .containsExactly(
            "CONNECT",
            "PUB orders.1",
            "stored as ORDERS 1",
            "MSG orders.1",
            "the cook is stalled",
            "the hub’s time jumps by 31.0 s",
            "MSG orders.1",
            "ACK ORDERS 1",
            "PUB bills.1",
            "the test fails");
    assertThat(page.text("#panel-step")).contains("Kind", "soup", "hot", "\"id\": 1", "9 B");
    assertThat(
            page.evaluate(
                "[...document.querySelectorAll('.chain button')].map(b => b.firstChild.data).join()"))
        .isEqualTo("PUB orders.1,stored as ORDERS 1,MSG orders.1,MSG orders.1");
    assertQuiet();
  }

  @Test
  void isUsedWithMouseAndKeyboard() throws Exception {
    show(KITCHEN, 1280, 800);
    page.click(".finding.fault");
    assertThat(selected()).isEqualTo("the cook is stalled");
    page.click(".step:has(.badge):nth-of-type(n+3)");
    page.evaluate("document.getElementById('steps').focus()");
    page.press("Home");
    assertThat(selected()).isEqualTo("CONNECT");
    page.press("ArrowDown");
    page.press("ArrowRight");
    assertThat(selected()).isEqualTo("stored as ORDERS 1");
    page.press("ArrowLeft");
    assertThat(selected()).isEqualTo("PUB orders.1");
    page.press("End");
    assertThat(selected()).isEqualTo("the test fails");
    assertThat(
            page.evaluate(
                "document.getElementById(document.getElementById('steps')"
                    + ".getAttribute('aria-activedescendant')).getAttribute('aria-selected')"))
        .isEqualTo("true");
    page.press("ArrowUp");
    assertThat(selected()).isEqualTo("PUB bills.1");
    assertThat(page.text(".payload")).startsWith("0000  ff 00");
    page.evaluate("document.getElementById('tab-step').focus()");
    page.press("ArrowRight");
    assertThat(page.evaluate("document.activeElement.id")).isEqualTo("tab-state");
    assertThat(page.text("#panel-state"))
        .contains("kitchen\t0\t0\t1\t0")
        .contains("ORDERS\t1\t1\t1\t1");
    page.click("#previous");
    page.click("#previous");
    assertThat(page.text("#panel-state")).contains("kitchen\t0\t1\t0\t1");
    page.evaluate(
        "(() => { const all = document.getElementById('position'); all.value = 0;"
            + " all.dispatchEvent(new Event('input')); })()");
    assertThat(selected()).isEqualTo("CONNECT");
    assertThat(page.text("#panel-state")).contains("ORDERS\t0\t1\t0\t0");
    assertQuiet();
  }

  @Test
  void showsWhatAFilterSelects() throws Exception {
    show(KITCHEN, 1280, 800);
    page.evaluate("document.getElementById('by-subject').focus()");
    page.type("orders.*");
    assertThat(titles())
        .contains("PUB orders.1", "ACK ORDERS 1", "the cook is stalled")
        .doesNotContain("PUB bills.1", "CONNECT");
    assertThat(page.text("#count")).isEqualTo("8 of 11 steps");
    choose("by-subject", "");
    choose("by-client", "cook");
    assertThat(titles()).contains("ACK ORDERS 1").doesNotContain("PUB orders.1");
    choose("by-client", "all");
    choose("by-stream", "ORDERS");
    assertThat(titles())
        .contains("PUB orders.1", "stored as ORDERS 1")
        .doesNotContain("PUB bills.1");
    choose("by-stream", "all");
    page.click("#with-toolkit");
    assertThat(titles()).contains("PONG");
    assertQuiet();
  }

  private void choose(String control, String value) {
    page.evaluate(
        "(() => { const one = document.getElementById('"
            + control
            + "'); one.value = one.options ? [...one.options].find(each => each.text === '"
            + value
            + "').value : '"
            + value
            + "'; one.dispatchEvent(new Event('input', {bubbles: true})); })()");
    page.settle();
  }

  @Test
  void screenReadersFindTheirWay() throws Exception {
    show(KITCHEN, 1280, 800);
    Set<String> landmarks = new TreeSet<>();
    for (JsonObject node : page.accessibleNodes()) {
      String role = node.objectOrEmpty("role").string("value", "");
      String name = node.objectOrEmpty("name").string("value", "");
      if (Set.of("banner", "main", "region", "search", "complementary", "listbox", "tablist")
          .contains(role)) {
        landmarks.add(role + " " + name);
      }
      if (Set.of("button", "textbox", "combobox", "checkbox", "radio", "slider", "tab", "option")
          .contains(role)) {
        assertThat(name).as(role).isNotBlank();
      }
    }
    assertThat(landmarks)
        .contains(
            "banner ",
            "main ",
            "region What happened",
            "region Time line",
            "region Sequence diagram",
            "search Filter of the steps",
            "complementary The selected step, and the state then",
            "listbox Steps, the oldest first",
            "tablist Views of the step");
    assertThat(page.evaluate("document.documentElement.lang")).isEqualTo("en");
    page.emulate(1280, 800, "light", true);
    assertThat(
            page.evaluate("getComputedStyle(document.querySelector('.step')).transitionDuration"))
        .isEqualTo("0s");
    assertQuiet();
  }

  @Test
  void everyTextCanBeReadAndNothingOverlaps() throws Exception {
    show(KITCHEN, 1280, 800);
    for (int width : new int[] {1280, 390}) {
      for (String scheme : List.of("light", "dark")) {
        page.emulate(width, 800, scheme, true);
        assertThat(page.evaluate(PALE_TEXTS)).as(scheme + " " + width).isEmpty();
        assertThat(page.evaluate(OVERLAPS)).as(scheme + " " + width).isEmpty();
      }
    }
    assertQuiet();
  }

  @Test
  void hostileDataRunsNothing() throws Exception {
    JsonWriter text = JsonWriter.compact().beginObject().field("x", HOSTILE).endObject();
    String written = new String(text.toBytes(), UTF_8);
    String hostile = written.substring("{\"x\":\"".length(), written.length() - "\"}".length());
    String json =
        KITCHEN
            .replace("KitchenTest.cooks", hostile)
            .replace("orders.1", hostile)
            .replace("ORDERS", hostile.replace(".", "_"))
            .replace("kitchen", hostile.replace(".", "_"))
            .replace("soup", hostile)
            .replace("the cook is stalled", hostile)
            .replace("AssertionError", hostile);
    show(json, 1280, 800);
    page.evaluate("document.querySelectorAll('.step').forEach(step => step.click())");
    page.click("#with-toolkit");
    page.click("#tab-state");
    assertThat(page.text("#test")).contains("<img src=x", "</script>", "${script}");
    assertThat(page.evaluate("window.hacked")).isEqualTo("undefined");
    assertThat(
            page.evaluate(
                "document.querySelectorAll('script').length + ' ' + document.images.length"))
        .isEqualTo("2 0");
    assertQuiet();
  }

  @Test
  void thePolicyLetsNothingElseRun() throws Exception {
    try (BrowserPage own = Objects.requireNonNull(browser).open()) {
      Path file = directory.resolve("policy.html");
      Files.write(file, TracePage.of("Trace", KITCHEN.getBytes(UTF_8)));
      own.load(file);
      assertThat(own.complaints()).isEmpty();
      own.evaluate(
          "(() => { const one = document.createElement('script'); one.textContent ="
              + " 'window.hacked = 1'; document.body.append(one); })()");
      assertThat(own.evaluate("window.hacked")).isEqualTo("undefined");
      assertThat(own.evaluate("fetch('http://127.0.0.1:9/').catch(e => 'refused')"))
          .isEqualTo("refused");
      assertThat(own.complaints())
          .anySatisfy(each -> assertThat(each).contains("Content Security Policy"));
      String policy = own.evaluate("document.querySelector('meta[http-equiv]').content");
      assertThat(policy)
          .startsWith("default-src 'none'; script-src 'sha256-")
          .doesNotContain("unsafe");
    }
  }

  @Test
  void anEmptyTraceHasAPage() throws Exception {
    show(
        "{\"version\":1,\"test\":\"T.t\",\"result\":\"passed\",\"began\":0,\"unmet\":[],\"entries\":[],\"streams\":[]}",
        390,
        800);
    assertThat(page.text("#result")).contains("passed");
    assertThat(page.text("#nothing")).isNotEmpty();
    assertQuiet();
  }

  @Test
  void manyStepsStaySmooth() throws Exception {
    int count = "all".equals(System.getProperty("hub.browser")) ? 100_000 : 5_000;
    StringBuilder entries = new StringBuilder();
    for (int i = 0; i < count; i++) {
      entries
          .append(i == 0 ? "" : ",")
          .append("{\"k\":\"PUBLISHED\",\"t\":" + i * 10L + ",\"r\":" + (i * 10L + 1))
          .append(",\"client\":" + (i % 40 + 1) + ",\"name\":\"c" + i % 40)
          .append("\",\"s\":\"orders." + i % 100 + "\",\"z\":5,\"p\":\"" + (10_000 + i) + "\"}");
    }
    show(
        "{\"version\":1,\"test\":\"T.t\",\"result\":\"passed\",\"began\":0,\"unmet\":[],\"streams\":[],\"entries\":["
            + entries
            + "]}",
        1280,
        800);
    assertThat(page.text("#count")).isEqualTo(count + " of " + count + " steps");
    // The longest time between two frames while the list scrolls from end to end.
    double slowest =
        Double.parseDouble(
            page.evaluate(
                "new Promise(done => { const list = document.getElementById('steps'); let n = 0,"
                    + " worst = 0, before = performance.now(); const step = now => { worst = n > 1 ?"
                    + " Math.max(worst, now - before) : 0; before = now; list.scrollTop = n *"
                    + " list.scrollHeight / 40; n++ < 40 ? requestAnimationFrame(step) : done(worst); };"
                    + " requestAnimationFrame(step); })"));
    assertThat(Integer.parseInt(page.evaluate("document.querySelectorAll('.step').length")))
        .isBetween(10, 80);
    assertThat(slowest).isLessThan(500);
    page.evaluate("document.getElementById('steps').focus()");
    page.press("End");
    assertThat(
            page.evaluate("document.querySelector('.step.selected').getAttribute('aria-posinset')"))
        .isEqualTo("" + count);
    System.out.println(
        "[browser] " + count + " steps, longest frame while scrolling " + slowest + " ms");
    assertQuiet();
  }
}
