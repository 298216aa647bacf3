package dev.hubkit.junit.stub;

import dev.hubkit.json.Json;
import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.junit.message.Body;
import dev.hubkit.junit.message.JsonContent;
import dev.hubkit.junit.message.MessageMatchers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads files of stubs, in the form that docs/stubs.md describes. */
final class StubFileReader {
  private static final String[] CONDITIONS = {
    "name",
    "headers",
    "body",
    "bodyContains",
    "json",
    "priority",
    "scenario",
    "requiredState",
    "newState",
    "reply"
  };

  private final Stubs owner;
  private final String file;
  private final List<Prepared> prepared = new ArrayList<>();
  private final List<StubService> services = new ArrayList<>();

  private StubFileReader(Stubs owner, String file) {
    this.owner = owner;
    this.file = file;
  }

  /** A stub that has been read, and does not answer yet. */
  private record Prepared(StubBuilder builder, List<StubReply> replies) {}

  /** What a file contains, ready to be put in the place of what it contained before. */
  record Content(List<StubService> services, List<Prepared> prepared) {
    /** Starts the services, and has the stubs answer. */
    List<Stub> begin() {
      services.forEach(StubService::start);
      // The first one in the file comes first.
      List<Stub> stubs = new ArrayList<>();
      for (int i = prepared.size() - 1; i >= 0; i--) {
        stubs.add(prepared.get(i).builder().reply(prepared.get(i).replies()));
      }
      return stubs;
    }
  }

  /**
   * Reads a file.
   *
   * @param file its name, for errors
   * @throws IllegalArgumentException if something is wrong in it; the message names the place
   */
  static Content read(Stubs owner, String file, byte[] text) {
    Object value;
    try {
      value = Json.parse(text);
    } catch (JsonException e) {
      throw new IllegalArgumentException(file + " is not JSON: " + e.getMessage(), e);
    }
    StubFileReader reader = new StubFileReader(owner, file);
    reader.read(value);
    return new Content(reader.services, reader.prepared);
  }

  private void read(@Nullable Object value) {
    FileFields top = FileFields.of(file + ": the file", value, "stubs", "services");
    List<?> stubs = top.array("stubs");
    for (int i = 0; i < stubs.size(); i++) {
      readStub(file + ": stubs[" + i + "]", stubs.get(i));
    }
    List<?> declared = top.array("services");
    for (int i = 0; i < declared.size(); i++) {
      readService(file + ": services[" + i + "]", declared.get(i));
    }
  }

  private void readStub(String place, @Nullable Object value) {
    FileFields fields =
        FileFields.of(place, value, with(CONDITIONS, "subject", "queueGroup", "account"));
    StubBuilder builder = fields.at("subject", () -> owner.stub(fields.string("subject")));
    if (fields.has("queueGroup")) {
      if (fields.get("queueGroup") == null) {
        builder.withoutQueueGroup();
      } else {
        builder.inQueueGroup(fields.string("queueGroup"));
      }
    }
    if (fields.has("account")) {
      builder.inAccount(fields.string("account"));
    }
    prepare(fields, builder);
  }

  private static String[] with(String[] known, String... more) {
    List<String> all = new ArrayList<>(List.of(more));
    all.addAll(List.of(known));
    return all.toArray(new String[0]);
  }

  private void readService(String place, @Nullable Object value) {
    FileFields fields =
        FileFields.of(
            place, value, "name", "version", "description", "metadata", "queueGroup", "endpoints");
    StubService service =
        fields.at("name", () -> owner.prepared(fields.string("name"), fields.string("version")));
    service.describedAs(fields.string("description", ""));
    fields
        .strings("metadata")
        .forEach((key, values) -> service.withMetadata(key, String.join(",", values)));
    if (fields.has("queueGroup")) {
      service.inQueueGroup(fields.string("queueGroup"));
    }
    List<?> endpoints = fields.array("endpoints");
    for (int i = 0; i < endpoints.size(); i++) {
      readEndpoint(service, fields.place("endpoints[" + i + "]"), endpoints.get(i));
    }
    services.add(service);
  }

  private void readEndpoint(StubService service, String place, @Nullable Object value) {
    FileFields fields = FileFields.of(place, value, "name", "subject", "stubs");
    String name = fields.string("name");
    String subject = fields.string("subject", name);
    fields.at("subject", () -> service.endpoint(name, subject));
    List<?> stubs = fields.array("stubs");
    for (int i = 0; i < stubs.size(); i++) {
      prepare(
          FileFields.of(fields.place("stubs[" + i + "]"), stubs.get(i), CONDITIONS),
          service.endpoint(name, subject));
    }
  }

  private void prepare(FileFields fields, StubBuilder builder) {
    builder.named(fields.string("name", ""));
    fields
        .strings("headers")
        .forEach((name, values) -> values.forEach(each -> builder.withHeader(name, each)));
    if (fields.has("body")) {
      builder.withBody(fields.string("body"));
    }
    if (fields.has("bodyContains")) {
      builder.matching(MessageMatchers.bodyContaining(fields.string("bodyContains")));
    }
    fields
        .map("json")
        .forEach(
            (path, expected) ->
                builder.matching(fields.at("json", () -> JsonContent.json(path, plain(expected)))));
    if (fields.has("priority")) {
      fields.at("priority", () -> builder.priority(fields.integer("priority")));
    }
    if (fields.has("scenario")) {
      builder.inScenario(fields.string("scenario"));
    }
    if (fields.has("requiredState")) {
      fields.at("requiredState", () -> builder.whenState(fields.string("requiredState")));
    }
    if (fields.has("newState")) {
      fields.at("newState", () -> builder.willSetState(fields.string("newState")));
    }
    prepared.add(new Prepared(builder, replies(fields)));
  }

  // The matchers take maps.
  private static @Nullable Object plain(@Nullable Object value) {
    return value instanceof JsonObject || value instanceof List<?>
        ? JsonContent.json(FileFields.json(value))
        : value;
  }

  private static List<StubReply> replies(FileFields fields) {
    if (!(fields.get("reply") instanceof List<?> list)) {
      return List.of(reply(fields.place("reply"), fields.get("reply")));
    }
    if (list.isEmpty()) {
      throw fields.wrong("reply", "has to have at least one reply");
    }
    List<StubReply> replies = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      replies.add(reply(fields.place("reply[" + i + "]"), list.get(i)));
    }
    return replies;
  }

  private static StubReply reply(String place, @Nullable Object value) {
    FileFields fields =
        FileFields.of(
            place,
            value,
            "text",
            "json",
            "template",
            "error",
            "none",
            "noResponders",
            "forwardTo",
            "timeout",
            "headers",
            "after");
    Map<String, StubReply> kinds = new LinkedHashMap<>();
    for (String kind :
        List.of("text", "json", "template", "error", "none", "noResponders", "forwardTo")) {
      if (fields.has(kind)) {
        kinds.put(kind, fields.at(kind, () -> kind(fields, kind)));
      }
    }
    if (kinds.size() != 1) {
      throw new IllegalArgumentException(
          place
              + " has to have one of text, json, template, error, none, noResponders and forwardTo"
              + (kinds.isEmpty() ? "" : ", not " + String.join(" and ", kinds.keySet())));
    }
    if (fields.has("timeout") && !kinds.containsKey("forwardTo")) {
      throw fields.wrong("timeout", "is for forwardTo");
    }
    StubReply reply =
        fields.at(
            "headers",
            () -> kinds.values().iterator().next().withHeaders(fields.strings("headers")));
    return fields.has("after")
        ? fields.at("after", () -> reply.after(fields.duration("after")))
        : reply;
  }

  private static StubReply kind(FileFields fields, String kind) {
    return switch (kind) {
      case "text" -> StubReply.reply(fields.string(kind));
      case "json" -> StubReply.reply(Body.of(FileFields.json(fields.get(kind))));
      case "template" ->
          StubReply.template(
              fields.get(kind) instanceof String text ? text : FileFields.json(fields.get(kind)));
      case "error" -> {
        FileFields error =
            FileFields.of(fields.place(kind), fields.get(kind), "code", "description");
        yield StubReply.error(error.integer("code"), error.string("description"));
      }
      case "forwardTo" ->
          fields.has("timeout")
              ? StubReply.forwardTo(fields.string(kind), fields.duration("timeout"))
              : StubReply.forwardTo(fields.string(kind));
      default -> {
        if (!Boolean.TRUE.equals(fields.get(kind))) {
          throw fields.wrong(kind, "has to be true");
        }
        yield kind.equals("none") ? StubReply.none() : StubReply.noResponders();
      }
    };
  }
}
