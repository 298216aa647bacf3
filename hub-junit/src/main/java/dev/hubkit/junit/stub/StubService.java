package dev.hubkit.junit.stub;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Handle;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.time.GoTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A service whose endpoints are stubs. It answers {@code $SRV.PING}, {@code $SRV.INFO} and {@code
 * $SRV.STATS} as the services of the NATS clients do (ADR-32), so that these and the {@code nats}
 * command find it. Thread-safe.
 */
public final class StubService {
  // As in nats.go/micro/service.go.
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9\\-_]+");
  private static final Pattern VERSION =
      Pattern.compile(
          "(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?"
              + "(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?");
  private static final String TYPE = "io.nats.micro.v1.";

  private final Stubs owner;
  private final String account;
  private final String name;
  private final String version;
  private final String id = Nuid.next();
  private final String started;
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final List<StubEndpoint> endpoints = new ArrayList<>();
  private final List<Handle> subscriptions = new ArrayList<>();
  private String description = "";
  private @Nullable String queueGroup = StubBuilder.QUEUE_GROUP;
  private boolean running;
  private boolean stopped;

  StubService(Stubs owner, String account, String name, String version) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "Not the name of a service: \""
              + name
              + "\"; it consists of letters, digits, - and _ (ADR-32)");
    }
    if (!VERSION.matcher(version).matches()) {
      throw new IllegalArgumentException(
          "Not the version of a service: \"" + version + "\"; it looks like 1.0.0 (ADR-32)");
    }
    this.owner = owner;
    this.account = account;
    this.name = name;
    this.version = version;
    this.started = now();
  }

  private String now() {
    return GoTime.stamp(owner.server().time().epochNanos());
  }

  /** Begins to answer. */
  void start() {
    synchronized (this) {
      running = true;
      endpoints.forEach(endpoint -> owner.server().retain(endpoint.interest(), owner));
    }
    owner.add(this);
    subscribe("PING", json -> json.field("type", TYPE + "ping_response"));
    subscribe("INFO", this::writeInfo);
    subscribe("STATS", this::writeStats);
  }

  private synchronized void subscribe(String verb, Consumer<JsonWriter> answer) {
    String prefix = "$SRV." + verb;
    for (String subject : List.of(prefix, prefix + "." + name, prefix + "." + name + "." + id)) {
      subscriptions.add(
          owner
              .server()
              .interests()
              .add(
                  new StubMapping.Interest(account, subject, null),
                  (subscription, message, batch) -> {
                    String reply = message.reply();
                    if (reply != null) {
                      owner.server().submit(() -> send(reply, answer));
                    }
                  }));
    }
  }

  private void send(String reply, Consumer<JsonWriter> answer) {
    JsonWriter json = JsonWriter.compact().beginObject();
    synchronized (this) {
      json.field("name", name).field("id", id).field("version", version);
      json.field("metadata", metadata);
      answer.accept(json);
    }
    owner.server().publish(account, Message.of(reply, null, json.endObject().toBytes()));
  }

  private void writeInfo(JsonWriter json) {
    json.field("type", TYPE + "info_response").field("description", description);
    json.beginArray("endpoints");
    endpoints.forEach(endpoint -> endpoint.writeInfo(json));
    json.endArray();
  }

  private void writeStats(JsonWriter json) {
    json.field("type", TYPE + "stats_response").field("started", started);
    json.beginArray("endpoints");
    endpoints.forEach(endpoint -> endpoint.writeStats(json));
    json.endArray();
  }

  /** Sets the description, which is empty without this. */
  public synchronized StubService describedAs(String text) {
    description = text;
    return this;
  }

  /** Adds an entry to the metadata. */
  public synchronized StubService withMetadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /** Sets the queue group of the endpoints that follow, {@code q} without this. */
  public synchronized StubService inQueueGroup(String group) {
    queueGroup = group;
    return this;
  }

  /** Begins a stub of the endpoint of this name, on the subject of the same name. */
  public StubBuilder endpoint(String endpointName) {
    return endpoint(endpointName, endpointName);
  }

  /**
   * Begins a stub of an endpoint. Several stubs can share an endpoint. A request that matches none
   * gets the error 404, also before the endpoint has a stub.
   *
   * @param subject may have wildcards
   * @throws IllegalArgumentException if the name or subject is not valid, or if the endpoint is
   *     known with another subject
   * @throws IllegalStateException if the service is stopped
   */
  public StubBuilder endpoint(String endpointName, String subject) {
    if (!NAME.matcher(endpointName).matches()) {
      throw new IllegalArgumentException(
          "Not the name of an endpoint: \""
              + endpointName
              + "\"; it consists of letters, digits, - and _ (ADR-32)");
    }
    if (!Subjects.isValid(subject)) {
      throw new IllegalArgumentException("Not a subject: \"" + subject + "\"");
    }
    return new StubBuilder(owner, account, subject, add(endpointName, subject));
  }

  private synchronized StubEndpoint add(String endpointName, String subject) {
    if (stopped) {
      throw new IllegalStateException("The service " + name + " is stopped");
    }
    for (StubEndpoint each : endpoints) {
      if (each.name().equals(endpointName)) {
        if (!each.interest().subject().equals(subject)) {
          throw new IllegalArgumentException(
              "The endpoint "
                  + endpointName
                  + " has the subject "
                  + each.interest().subject()
                  + ", not "
                  + subject);
        }
        return each;
      }
    }
    StubEndpoint made =
        new StubEndpoint(
            endpointName, new StubMapping.Interest(account, subject, queueGroup), now());
    if (running) {
      owner.server().retain(made.interest(), owner);
    }
    endpoints.add(made);
    return made;
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns the version. */
  public String version() {
    return version;
  }

  /** Returns the id of this instance of the service. */
  public String id() {
    return id;
  }

  /** Returns the endpoint that requests by an interest are for; null for none. */
  synchronized @Nullable StubEndpoint endpoint(StubMapping.Interest interest) {
    return endpoints.stream()
        .filter(endpoint -> endpoint.interest().equals(interest))
        .findFirst()
        .orElse(null);
  }

  synchronized void reset() {
    endpoints.forEach(StubEndpoint::reset);
  }

  /** Ends the service, and removes its stubs. Safe to call again. */
  public void stop() {
    List<StubEndpoint> ended;
    synchronized (this) {
      if (stopped || !running) {
        return;
      }
      stopped = true;
      ended = List.copyOf(endpoints);
      subscriptions.forEach(Handle::close);
    }
    for (Stub stub : owner.all()) {
      StubEndpoint endpoint = stub.endpoint();
      if (endpoint != null && ended.contains(endpoint)) {
        stub.remove();
      }
    }
    ended.forEach(endpoint -> owner.server().release(endpoint.interest()));
    owner.remove(this);
  }

  @Override
  public String toString() {
    return "service " + name + " " + version;
  }
}
