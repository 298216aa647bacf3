package dev.hubkit.nats.trace;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.time.GoTime;
import dev.hubkit.time.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The events of one message on its way through the server, in nats-server's {@code MsgTraceEvent}.
 * It goes out when the publisher and every stream that takes the message are done with it.
 * Thread-safe.
 */
public final class MessageTrace {
  /** A reason for which a message was not delivered to a matching subscription. */
  public static final String NO_ECHO = "Not delivered because of no echo";

  public static final String DENIED = "Not delivered because subscription denies this subject";
  public static final String SUBSCRIPTION_CLOSED = "Not delivered because subscription is closed";
  public static final String CLIENT_CLOSED = "Not delivered because client is closed";
  public static final String NOT_STALLED =
      "Not delivered because fast producer not stalled and consumer is slow";
  public static final String USED_UP = "Not delivered because auto-unsubscribe exceeded";

  private static final String UNSUPPORTED =
      "Message delivered but remote does not support message tracing so no trace event generated"
          + " from there";
  private static final String ONLY_UNSUPPORTED =
      "Not delivered because remote does not support message tracing";

  private final TraceHeaders request;
  private final String destination;
  private final TraceSource ingress;
  private final TimeSource time;
  private final Consumer<MessageTrace> end;
  // Guarded by this object's monitor.
  private final List<Event> events = new ArrayList<>();
  private int open = 1;
  private int hops;

  /** One thing that happened; writes the fields it has beyond type and time. */
  private static final class Event {
    private final String type;
    private long at;
    private final List<Consumer<JsonWriter>> fields = new ArrayList<>(1);

    Event(String type, long at, Consumer<JsonWriter> first) {
      this.type = type;
      this.at = at;
      fields.add(first);
    }
  }

  /**
   * Begins the trace of a message that has come in.
   *
   * @param destination the subject the trace goes to
   * @param end takes the trace when it is complete
   */
  public MessageTrace(
      TraceHeaders request,
      String destination,
      TraceSource ingress,
      TimeSource time,
      Consumer<MessageTrace> end) {
    this.request = request;
    this.destination = destination;
    this.ingress = ingress;
    this.time = time;
    this.end = end;
    add(
        "in",
        json ->
            json.field("kind", ingress.kind())
                .field("cid", ingress.id())
                .fieldIfSet("name", ingress.name())
                .field("acc", ingress.account())
                .field("subj", ingress.subject()));
  }

  private synchronized Event add(String type, Consumer<JsonWriter> fields) {
    Event event = new Event(type, time.epochNanos(), fields);
    events.add(event);
    return event;
  }

  /** Returns the headers that asked for the trace. */
  public TraceHeaders request() {
    return request;
  }

  /** Returns the subject the trace goes to. */
  public String destination() {
    return destination;
  }

  /** Returns whether the message must not be delivered. */
  public boolean only() {
    return request.only();
  }

  /** Records that the server refused the message. */
  public synchronized void refused(String error) {
    events.get(0).fields.add(json -> json.field("error", error));
  }

  /** Records that a mapping has changed the subject of the message. */
  public void mapped(String subject) {
    add("sm", json -> json.field("to", subject));
  }

  /** Records that the message goes on in an account that imports it, under another subject. */
  public void streamExport(String importer, String to) {
    add("se", json -> json.field("acc", importer).field("to", to));
  }

  /** Records that the message is a request to a service of another account. */
  public void serviceImport(String exporter, String from, String to) {
    add("si", json -> json.field("acc", exporter).field("from", from).field("to", to));
  }

  /**
   * Records that the message goes to a client.
   *
   * @param clientAccount the account of the client; written when it is not the one of the message
   * @param error why the message is not delivered; empty when it is
   */
  public void egress(
      long client,
      String name,
      String clientAccount,
      String subscription,
      @Nullable String queue,
      String error) {
    add(
        "eg",
        json ->
            json.field("kind", TraceSource.CLIENT)
                .field("cid", client)
                .fieldIfSet("name", name)
                .fieldIfSet("acc", clientAccount.equals(ingress.account()) ? "" : clientAccount)
                .field("sub", subscription)
                .fieldIfSet("queue", queue)
                .fieldIfSet("error", error));
  }

  /**
   * Records that the message goes to another server, once for all its subscribers there.
   *
   * @param kind what it is, as nats-server numbers the kinds of connections
   * @param connection the id of the connection to it
   * @param name the name of the other server
   * @param traces whether it traces messages, too
   * @return the value of {@link TraceHeaders#HOP} in the message; empty when it must not be sent
   */
  public synchronized String hop(int kind, long connection, String name, boolean traces) {
    boolean refused = only() && !traces;
    hops++;
    String hop = ingress.hop().isEmpty() ? "" + hops : ingress.hop() + "." + hops;
    String error = traces ? "" : refused ? ONLY_UNSUPPORTED : UNSUPPORTED;
    add(
        "eg",
        json ->
            json.field("kind", kind)
                .field("cid", connection)
                .fieldIfSet("name", name)
                .field("hop", hop)
                .fieldIfSet("error", error));
    return refused ? "" : hop;
  }

  /**
   * Records that the message goes to a stream; the trace stays open until the stream is done with
   * it.
   */
  public synchronized StreamTrace stream(String name) {
    open++;
    return new StreamTrace(add("js", json -> json.field("stream", name)));
  }

  /** Records that the publisher is done with the message. */
  public void done() {
    synchronized (this) {
      if (--open > 0) {
        return;
      }
    }
    end.accept(this);
  }

  /** Writes request and events, without the braces around them. */
  public synchronized void write(JsonWriter json) {
    json.beginObject("request").beginObject("header");
    // Go writes the keys of a map in order.
    new TreeMap<>(request.headers()).forEach((name, values) -> json.field(name, values));
    json.endObject().fieldIfSet("msgsize", ingress.size()).endObject();
    json.fieldIfSet("hops", hops).beginArray("events");
    for (Event event : events) {
      json.beginObject().field("type", event.type).field("ts", GoTime.stamp(event.at));
      event.fields.forEach(fields -> fields.accept(json));
      json.endObject();
    }
    json.endArray();
  }

  /** The part of the trace that a stream records. */
  public final class StreamTrace {
    private final Event event;

    private StreamTrace(Event event) {
      this.event = event;
    }

    /** Returns whether the message must not be stored. */
    public boolean only() {
      return MessageTrace.this.only();
    }

    /** Records that the message has passed all checks. */
    public void passed(String subject, boolean noInterest) {
      synchronized (MessageTrace.this) {
        event.at = time.epochNanos();
        event.fields.add(
            json -> json.fieldIfSet("subject", subject).fieldIfSet("nointerest", noInterest));
      }
    }

    /** Records that the stream is done with the message, with an error text or an empty one. */
    public void done(String error) {
      synchronized (MessageTrace.this) {
        if (!error.isEmpty()) {
          event.fields.add(json -> json.field("error", error));
        }
      }
      MessageTrace.this.done();
    }
  }
}
