package dev.hubkit.nats.jetstream.source;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.jetstream.config.StreamConfig;
import dev.hubkit.nats.jetstream.config.StreamSource;
import dev.hubkit.nats.jetstream.protocol.ConsumerPrefix;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders.Name;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.store.StoreState;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.NameHash;
import dev.hubkit.nats.wire.Nuid;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The request by which a stream reads another one: for a new consumer, or for a reset of a consumer
 * that was made for it. Subjects and configuration are those of nats-server 2.15 (ADR-59, ADR-60),
 * because permissions and exports of other accounts are written for them.
 */
final class SourceRequest {
  private static final byte[] NOTHING = {};
  private static final long SECOND = 1_000_000_000L;
  private static final String API = "$JS.API.";

  private final SourceContext stream;
  private final StreamSource source;
  private final boolean mirror;

  SourceRequest(SourceContext stream, StreamSource source, boolean mirror) {
    this.stream = stream;
    this.source = source;
    this.mirror = mirror;
  }

  /**
   * Returns the subject for the deliveries of the other stream: a new one each time unless it is
   * configured.
   */
  public String deliverSubject() {
    String tail = (mirror ? "M." : "S.") + Nuid.of(8);
    StreamSource.External external = source.external();
    if (source.consumer() != null) {
      return source.consumer().deliverSubject();
    }
    return external == null || external.deliverPrefix().isEmpty()
        ? "$JS." + tail
        : (external.deliverPrefix() + "." + tail).replace("..", ".");
  }

  /** Returns a new subject for the response: infoReplySubject of nats-server. */
  public String inbox() {
    String scope = "";
    if (stream.jetStream().options().scopedSubjects().apiReplies()) {
      // As in nats-server, whatever stands in the place of the domain counts as one.
      StreamSource.External external = source.external();
      List<String> api = external == null ? List.of() : Subjects.tokens(external.apiPrefix());
      String consumer = source.consumer() == null ? stableName() : source.consumer().name();
      scope =
          ConsumerPrefix.scoped(
                      api.size() < 2 ? "" : api.get(1),
                      stream.account().name(),
                      source.name(),
                      consumer)
                  .text()
              + '.';
    }
    return "$JSC.R." + scope + Nuid.of(8);
  }

  /**
   * Returns the request message.
   *
   * @param inbox the subject for the response
   * @param reached the sequence of the other stream up to which everything is stored here; 0 for
   *     none
   * @param again whether the other stream is a new one of its name, which is read from its begin
   * @param level the API level that the other server must have; 0 for a consumer that knows nothing
   *     of sources, as every server can make it
   * @param identity the identity of the stream that was read so far; null to say nothing of it
   */
  public Message message(
      String inbox,
      String deliverSubject,
      long reached,
      boolean again,
      int level,
      @Nullable String identity) {
    byte[] headers = level == 0 ? NOTHING : headers(level, identity);
    if (source.consumer() != null) {
      String what = "CONSUMER.RESET." + source.name() + "." + source.consumer().name();
      return mirror
          ? Message.of(api(what), inbox, NOTHING)
          : Message.of(api(what), inbox, headers, NOTHING);
    }
    String name = stableName();
    if (level == 0) {
      name += "_" + NameHash.of(Nuid.next()); // the other server does not make it unique
    }
    List<String> filters = filters();
    String what = "CONSUMER.CREATE." + source.name();
    if (filters.size() == 1) {
      what += "." + name + "." + filters.get(0);
    }
    return Message.of(
        api(what), inbox, headers, consumer(name, deliverSubject, filters, reached, again, level));
  }

  private static byte[] headers(int level, @Nullable String identity) {
    StringBuilder out = new StringBuilder("NATS/1.0\r\n");
    out.append(Name.REQUIRED_API_LEVEL.text()).append(": ").append(level).append("\r\n");
    if (identity != null) {
      out.append(Name.STREAM_IDENTITY.text()).append(": ").append(identity).append("\r\n");
    }
    return out.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private String api(String what) {
    StreamSource.External external = source.external();
    if (external == null) {
      return API + what;
    }
    return (external.apiPrefix() + "." + what).replace("..", ".");
  }

  private List<String> filters() {
    if (!source.filterSubject().isEmpty()) {
      return List.of(source.filterSubject());
    }
    List<String> filters =
        source.transforms().stream().map(StreamConfig.TransformConfig::source).toList();
    return filters.equals(List.of("")) ? List.of() : filters;
  }

  private String stableName() {
    return (mirror ? "JS_MIRROR_" : "JS_SRC_") + stableId();
  }

  private String stableId() {
    String id = stream.name() + " " + stream.account().name();
    String domain = stream.jetStream().options().domain();
    String hash = NameHash.of(domain.isEmpty() ? id : id + " " + domain);
    if (mirror) {
      return hash;
    }
    long alike =
        stream.config().sources().stream()
            .filter(other -> other.name().equals(source.name()))
            .count();
    return NameHash.of(alike > 1 ? hash + " " + source.indexName() : hash);
  }

  private byte[] consumer(
      String name,
      String deliverSubject,
      List<String> filters,
      long reached,
      boolean again,
      int level) {
    JsonWriter out = JsonWriter.compact().beginObject().field("stream_name", source.name());
    out.beginObject("config")
        .field("name", name)
        .field("deliver_subject", deliverSubject)
        .field("ack_policy", "none")
        .field("ack_wait", 22L * 3600 * SECOND)
        .field("max_deliver", 1)
        .field("replay_policy", "instant")
        .field("flow_control", true)
        .field("idle_heartbeat", SECOND)
        .field("inactive_threshold", 10 * SECOND)
        .field("num_replicas", 0)
        .field("direct", true)
        .fieldIfSet("sourcing", level > 0);
    start(out, reached, again);
    if (filters.size() == 1) {
      out.field("filter_subject", filters.get(0));
    } else {
      out.fieldIfSet("filter_subjects", filters);
    }
    UnaryOperator<String> key = word -> "_nats." + (mirror ? "mirror." : "src.") + word;
    return out.beginObject("metadata")
        .field(key.apply("stream"), stream.name())
        .field(key.apply("acc"), stream.account().name())
        .fieldIfSet(key.apply("domain"), stream.jetStream().options().domain())
        .endObject()
        .endObject()
        .field("action", "")
        .endObject()
        .toBytes();
  }

  private void start(JsonWriter out, long reached, boolean again) {
    StoreState state = stream.store().state();
    boolean isFresh = mirror ? state.messages() == 0 && state.firstSequence() == 0 : reached == 0;
    if (!isFresh) {
      bySequence(out, reached + 1);
    } else if (source.startSequence() != 0) {
      bySequence(out, source.startSequence());
    } else if (source.startTime() != null) {
      long asked = Rfc3339.epochNanos(source.startTime());
      boolean isPast = !mirror && state.lastTimestamp() > asked;
      byTime(out, isPast ? state.lastTimestamp() : asked);
    } else if (!mirror && !again && state.firstSequence() > 1 && state.lastTimestamp() != 0) {
      // All of these messages were stored here and have been removed.
      byTime(out, state.lastTimestamp());
    } else {
      out.field("deliver_policy", "all");
    }
  }

  private static void bySequence(JsonWriter out, long sequence) {
    out.field("deliver_policy", "by_start_sequence").unsigned("opt_start_seq", sequence);
  }

  private static void byTime(JsonWriter out, long nanos) {
    out.field("deliver_policy", "by_start_time").field("opt_start_time", Rfc3339.format(nanos));
  }
}
