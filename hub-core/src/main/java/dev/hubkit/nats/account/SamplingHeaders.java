package dev.hubkit.nats.account;

import dev.hubkit.nats.wire.HeaderFields;
import dev.hubkit.text.GoNumber;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The headers by which tracing systems say whether a request is sampled: Jaeger's, Zipkin's and
 * those of the W3C, in that order (shouldSample in nats-server's {@code accounts.go}).
 */
final class SamplingHeaders {
  private static final String JAEGER = "Uber-Trace-Id";
  private static final String JAEGER_CONTEXT = "Uberctx-";
  private static final String B3 = "B3";
  private static final String B3_SAMPLED = "X-B3-Sampled";
  private static final String B3_TRACE = "X-B3-Traceid";
  private static final List<String> B3_FIELDS =
      List.of(B3_SAMPLED, B3_TRACE, "X-B3-Parentspanid", "X-B3-Spanid");
  private static final String PARENT = "Traceparent";
  private static final String STATE = "Tracestate";

  private final Map<String, List<String>> fields;

  private SamplingHeaders(Map<String, List<String>> fields) {
    this.fields = fields;
  }

  /** Reads a header block, ignoring the case of names. */
  static SamplingHeaders of(byte[] block) {
    Map<String, List<String>> canonical = new LinkedHashMap<>();
    HeaderFields.of(block)
        .forEach((name, values) -> canonical.putIfAbsent(canonical(name), values));
    return new SamplingHeaders(canonical);
  }

  // As Go writes header names: a capital at the beginning and behind each dash.
  private static String canonical(String name) {
    StringBuilder text = new StringBuilder(name.toLowerCase(Locale.ROOT));
    for (int i = 0; i < text.length(); i++) {
      if (i == 0 || text.charAt(i - 1) == '-') {
        text.setCharAt(i, Character.toUpperCase(text.charAt(i)));
      }
    }
    return text.toString();
  }

  private @Nullable String first(String name) {
    List<String> values = fields.get(name);
    return values == null || values.isEmpty() ? null : values.get(0);
  }

  /** Returns the headers that ask for a sample; null when none do. */
  @Nullable Map<String, List<String>> sampled() {
    String jaeger = first(JAEGER);
    if (jaeger != null) {
      return jaegerSampled(jaeger);
    }
    String sampled = first(B3_SAMPLED);
    if (sampled != null && sampled.equals("0")) {
      return null;
    }
    if ((sampled != null && sampled.equals("1")) || fields.containsKey(B3_TRACE)) {
      Map<String, List<String>> kept = new LinkedHashMap<>(fields);
      kept.keySet().retainAll(B3_FIELDS);
      return kept;
    }
    String b3 = first(B3);
    if (b3 != null) {
      return b3Sampled(b3);
    }
    String parent = first(PARENT);
    return parent == null ? null : parentSampled(parent);
  }

  private @Nullable Map<String, List<String>> jaegerSampled(String trace) {
    String[] parts = trace.split(":", -1);
    if (parts.length != 4 || !isOdd(parts[3])) {
      return null;
    }
    Map<String, List<String>> kept = new LinkedHashMap<>(fields);
    kept.keySet().removeIf(name -> !name.equals(JAEGER) && !name.startsWith(JAEGER_CONTEXT));
    return kept;
  }

  private static boolean isOdd(String flags) {
    // nats-server passes over the first of two digits.
    return flags.matches(".?[13579bdfBDF]");
  }

  private @Nullable Map<String, List<String>> b3Sampled(String value) {
    String[] parts = value.split("-", -1);
    boolean denied =
        (parts.length > 2 && parts[2].equals("0")) || (parts.length == 1 && parts[0].equals("0"));
    return denied ? null : Map.of(B3, Objects.requireNonNull(fields.get(B3)));
  }

  private @Nullable Map<String, List<String>> parentSampled(String value) {
    String[] parts = value.split("-", -1);
    if (parts.length != 4
        || parts[3].length() != 2
        || (GoNumber.hexadecimal8(parts[3]).orElse(0) & 1) == 0) {
      return null;
    }
    Map<String, List<String>> kept = new LinkedHashMap<>(fields);
    kept.keySet().retainAll(List.of(PARENT, STATE));
    return kept;
  }
}
