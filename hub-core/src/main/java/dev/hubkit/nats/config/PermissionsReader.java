package dev.hubkit.nats.config;

import static dev.hubkit.nats.config.Problems.quoted;

import dev.hubkit.nats.account.ResponsePermission;
import dev.hubkit.nats.subject.Subjects;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code permissions} blocks. */
final class PermissionsReader {
  // One response within two minutes, as in nats-server.
  private static final ResponsePermission ONE_RESPONSE =
      new ResponsePermission(1, 120_000_000_000L);

  private record Granted(@Nullable List<String> allow, List<String> deny) {
    static final Granted ALL = new Granted(null, List.of());

    // An empty list allows as much as none, in nats-server.
    static Granted of(List<String> allow, List<String> deny) {
      return new Granted(allow.isEmpty() ? null : allow, deny);
    }
  }

  private static final class Grants {
    Granted publish = Granted.ALL;
    Granted subscribe = Granted.ALL;
    @Nullable ResponsePermission responses;
  }

  /** What is allowed and denied to publish to, or to subscribe to. */
  private static final class Lists {
    final boolean queues;
    @Nullable List<String> allow;
    final List<String> deny = new ArrayList<>();

    Lists(boolean queues) {
      this.queues = queues;
    }

    // Of names that differ in case only, the first counts.
    void allow(ConfigValue value) {
      List<String> subjects = subjectList(value, queues, true);
      allow = allow == null ? subjects : allow;
    }

    void deny(ConfigValue value) {
      deny.addAll(subjectList(value, queues, true));
    }
  }

  private static final class Responses {
    int messages = ONE_RESPONSE.maxMessages();
    long expires = ONE_RESPONSE.expiresNanos();

    void messages(ConfigValue value) {
      int max = value.int32();
      messages = max == 0 ? messages : max;
    }

    void expires(ConfigValue value) {
      if (!value.isString()) {
        throw value.error("error parsing expires, not a duration string");
      }
      long ttl = Problems.duration("error parsing expires: ", value.string(), value);
      expires = ttl == 0 ? expires : ttl;
    }
  }

  private static final FieldTable<Lists> LIST_FIELDS =
      new FieldTable<Lists>().field("allow", Lists::allow).field("deny", Lists::deny);

  private static final FieldTable<Responses> RESPONSE_FIELDS =
      new FieldTable<Responses>()
          .field(List.of("max", "max_msgs", "max_messages", "max_responses"), Responses::messages)
          .field(List.of("expires", "expiration", "ttl"), Responses::expires);

  private final Problems problems;
  private final FieldTable<Grants> fields;

  PermissionsReader(Problems problems) {
    this.problems = problems;
    this.fields =
        new FieldTable<Grants>()
            .field(
                List.of("pub", "publish", "import"),
                (grants, value) -> grants.publish = subjects(value, false))
            .field(
                List.of("sub", "subscribe", "export"),
                (grants, value) -> grants.subscribe = subjects(value, true))
            .field(
                "publish_allow_responses",
                "allow_responses",
                (grants, value) -> grants.responses = responses(value));
  }

  PermissionsConfig read(ConfigValue value) {
    if (!value.isMap()) {
      throw value.error("Expected permissions to be a map/struct, got " + value.formatted());
    }
    Grants grants = new Grants();
    fields.readAll(grants, value, problems, PermissionsReader::unknownField);
    if (grants.responses != null && grants.publish.allow() == null) {
      grants.publish = new Granted(List.of(), grants.publish.deny());
    }
    return new PermissionsConfig(
        grants.publish.allow(),
        grants.publish.deny(),
        grants.subscribe.allow(),
        grants.subscribe.deny(),
        grants.responses);
  }

  private static String unknownField(String name) {
    return "Unknown field " + quoted(name) + " parsing permissions";
  }

  private Granted subjects(ConfigValue value, boolean queues) {
    if (!value.isMap()) {
      return Granted.of(subjectList(value, queues, false), List.of());
    }
    Lists lists = new Lists(queues);
    LIST_FIELDS.readAll(
        lists,
        value,
        problems,
        name ->
            "Unknown field name "
                + quoted(name)
                + " parsing subject permissions, only 'allow' or 'deny' are permitted");
    return Granted.of(lists.allow == null ? List.of() : lists.allow, lists.deny);
  }

  // Where subjects stand without "allow" or "deny", nats-server does not say where they are.
  static List<String> subjectList(ConfigValue value, boolean queues, boolean placed) {
    List<String> subjects = new ArrayList<>();
    if (value.isString()) {
      subjects.add(value.string());
    } else if (value.isList()) {
      for (ConfigValue element : value.list()) {
        if (!element.isString()) {
          throw element.error("Subject in permissions array cannot be cast to string");
        }
        subjects.add(element.string());
      }
    } else {
      throw value.error(
          "Expected subject permissions to be a subject, or array of subjects, got "
              + value.type());
    }
    for (String subject : subjects) {
      String problem = problem(subject, queues);
      if (problem != null) {
        throw placed ? value.error(problem) : new ConfigException(problem);
      }
    }
    return subjects;
  }

  private static @Nullable String problem(String subject, boolean queues) {
    if (Subjects.isValid(subject)) {
      return null;
    }
    String[] parts = subject.strip().split("\\s+", -1);
    if (!queues || parts.length != 2) {
      return "subject " + quoted(subject) + " is not a valid subject";
    }
    if (!Subjects.isValid(parts[0])) {
      return "subject " + quoted(parts[0]) + " is not a valid subject";
    }
    return Subjects.isValid(parts[1])
        ? null
        : "queue " + quoted(parts[1]) + " is not a valid queue";
  }

  private @Nullable ResponsePermission responses(ConfigValue value) {
    if (value.isBool()) {
      return value.bool() ? ONE_RESPONSE : null;
    }
    if (!value.isMap()) {
      throw value.error("error parsing response permissions, expected a boolean or a map");
    }
    Responses responses = new Responses();
    RESPONSE_FIELDS.readAll(responses, value, problems, PermissionsReader::unknownField);
    return new ResponsePermission(responses.messages, responses.expires);
  }
}
