package dev.hubkit.nats.jetstream;

import dev.hubkit.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Names of streams and consumers that may cause trouble, of all kinds. */
final class OddNames {
  private static final String ASCII =
      "\0\1\7\b\u000b\u000e\u001b\u001f!\"#$%&'(),/:;<=>?@[\\]^`{|}~\u007f";

  private OddNames() {}

  /**
   * A name as it appears in a subject and as it appears in JSON, which may differ.
   *
   * @param bytes its bytes in the subject
   * @param json its JSON string, with the quotes
   */
  record Name(byte[] bytes, String json) {
    static Name of(String text) {
      String list =
          new String(
              JsonWriter.compact().beginObject().field("n", text).endObject().toBytes(),
              StandardCharsets.UTF_8);
      return new Name(text.getBytes(StandardCharsets.UTF_8), list.substring(5, list.length() - 1));
    }

    @Override
    public String toString() {
      return json.length() > 40 ? json.substring(0, 40) + "… " + json.length() : json;
    }
  }

  static List<Name> all() {
    List<Name> all = new ArrayList<>();
    for (int i = 0; i < ASCII.length(); i++) {
      char odd = ASCII.charAt(i);
      all.add(Name.of("a" + odd + "b"));
      all.add(Name.of(String.valueOf(odd)));
    }
    for (String text :
        List.of(
            "\u0085",
            "\u00a0",
            "\u00fc",
            "\u2028",
            "\u200b",
            "\u202e",
            "\ufeff",
            "\u65e5\u672c",
            "e\u0301",
            "\u00e9",
            "\ud83d\ude00",
            "\ufffd",
            "\uffff",
            "\u0130",
            "\u00df")) {
      all.add(Name.of(text));
      all.add(Name.of("a" + text + "b"));
    }
    for (String text :
        List.of(
            "%41",
            "%2F",
            "%%",
            "CON",
            "nul",
            "com1",
            "-",
            "--help",
            "_",
            "msgs",
            "meta",
            "consumers",
            "streams",
            "KV_a/b",
            "KV_\0",
            "OBJ_\0",
            "0",
            "true",
            "null",
            "A",
            "a",
            "ORDERS",
            "orders",
            "Orders")) {
      all.add(Name.of(text));
    }
    for (int length : new int[] {127, 128, 200, 254, 255, 256, 300}) {
      all.add(Name.of("x".repeat(length)));
      all.add(Name.of("\u00fc".repeat(length / 2) + "x".repeat(length % 2)));
      all.add(Name.of("\u65e5".repeat(length / 3)));
    }
    // These names differ between the subject and the JSON.
    all.add(new Name(bytes("a\ufffdb"), "\"a\\ud800b\""));
    all.add(new Name(bytes("a\ufffdb"), "\"a\\udc00b\""));
    all.add(new Name(bytes("a\ufffd\ufffdb"), "\"a\\ud800\\ud800b\""));
    all.add(new Name(bytes("a\ud83d\ude00"), "\"a\\ud83d\\ude00\""));
    all.add(new Name(bytes("a"), "\"b\""));
    all.add(new Name(bytes("a"), "\"A\""));
    all.add(new Name(bytes("a"), "\"a \""));
    all.add(new Name(bytes("a"), "\"a.b\""));
    all.add(new Name(bytes("a"), "\"\""));
    all.add(new Name(bytes("a"), "\"..\""));
    all.add(new Name(bytes("a"), "null"));
    all.add(new Name(bytes("a"), "1"));
    all.add(new Name(bytes("a"), "[\"a\"]"));
    return all;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
