package dev.hubkit.junit.history;

import dev.hubkit.json.JsonObject;
import dev.hubkit.junit.history.HistoryEvent.Answered;
import dev.hubkit.junit.history.HistoryEvent.Published;
import dev.hubkit.junit.history.PubAnswer.Refused;
import dev.hubkit.junit.history.PubAnswer.Stored;
import dev.hubkit.nats.subject.Subjects;
import dev.hubkit.nats.wire.HeaderBlock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The operations on the keys of a bucket (ADR-8): what was written to its subjects, and the newest
 * messages of them that were asked for (ADR-31). Gets of an old revision, and watches, are none:
 * what they show need not be the newest.
 */
final class BucketOperations {
  private static final String SUBJECTS = "$KV.";
  private static final long WRONG_LAST_SEQUENCE = 10071;
  private static final long WRONG_LAST_SEQUENCE_CONSTANT = 10164;
  private static final long NO_MESSAGE_FOUND = 10037;
  private static final Pattern ACTUAL = Pattern.compile("wrong last sequence: (\\d+)");

  private final HistoryModel model;
  private final String stream;
  private final String prefix;
  private final long maxAge;
  private final Map<String, List<RegisterOperation>> byKey = new LinkedHashMap<>();
  // Those that concern all keys that match.
  private final List<Wipe> wipes = new ArrayList<>();
  private boolean begins;

  /**
   * Reads the operations.
   *
   * @param maxAge how long the bucket keeps a value, in nanoseconds; 0 for ever
   */
  BucketOperations(HistoryModel model, String bucket, long maxAge) {
    this.model = model;
    this.stream = "KV_" + bucket;
    this.prefix = SUBJECTS + bucket + '.';
    this.maxAge = maxAge;
    read();
  }

  /** An operation on all keys whose subjects match. */
  private record Wipe(String filter, RegisterOperation operation) {}

  private void read() {
    for (HistoryEvent event : model.events()) {
      if (event instanceof Published published) {
        String request = Requests.of(published.subject());
        if (request != null) {
          request(request, Publication.of(published, model.answer(published.number())));
        } else if (published.subject().startsWith(prefix)) {
          write(Publication.of(published, model.answer(published.number())));
        }
      }
    }
  }

  /**
   * Returns whether the bucket was created in this history, so that its keys began with nothing.
   */
  boolean areAllKnown() {
    return begins;
  }

  /** Returns the operations on each key. */
  Map<String, List<RegisterOperation>> byKey() {
    Map<String, List<RegisterOperation>> all = new LinkedHashMap<>();
    byKey.forEach(
        (key, operations) -> {
          List<RegisterOperation> with = new ArrayList<>(operations);
          wipes.stream()
              .filter(wipe -> Subjects.matches(prefix + key, wipe.filter()))
              .forEach(wipe -> with.add(wipe.operation()));
          all.put(key, with);
        });
    return all;
  }

  private void add(String subject, RegisterOperation operation) {
    byKey
        .computeIfAbsent(subject.substring(prefix.length()), key -> new ArrayList<>())
        .add(operation);
  }

  private static RegisterOperation operation(
      Publication publication, String text, RegisterAction action) {
    Published published = publication.published();
    Answered answered = publication.answered();
    return new RegisterOperation(
        published.number(),
        answered == null ? RegisterOperation.UNANSWERED : answered.number(),
        answered == null ? Long.MAX_VALUE : nanos(answered.time()),
        published.client().toString(),
        text,
        action);
  }

  static long nanos(Instant time) {
    return time.getEpochSecond() * 1_000_000_000L + time.getNano();
  }

  // --- writes ---

  private void write(Publication publication) {
    Published published = publication.published();
    String operation = publication.header("KV-Operation");
    String marker = operation == null || operation.equals("PUT") ? "" : operation;
    RegisterValue value = RegisterValue.of(marker, published.payload());
    String header = publication.header("Nats-Expected-Last-Subject-Sequence");
    boolean elsewhere = publication.header("Nats-Expected-Last-Subject-Sequence-Subject") != null;
    long expected = header == null || elsewhere ? RegisterAction.ANY : number(header);
    String asked =
        (marker.isEmpty() ? "put " + value : marker.toLowerCase(Locale.ROOT))
            + (expected == RegisterAction.ANY ? "" : " if at revision " + expected);
    PubAnswer answer = publication.answer();
    if (answer instanceof Stored stored && !stored.stream().equals(stream)) {
      return;
    }
    long expires = expires(published, publication.header("Nats-TTL"));
    if (answer instanceof Stored stored) {
      add(
          published.subject(),
          operation(
              publication,
              asked + " -> revision " + stored.sequence(),
              new RegisterAction.Write(value, expected, stored.sequence(), expires)));
    } else if (answer instanceof Refused refused) {
      if (expected != RegisterAction.ANY && isWrongRevision(refused)) {
        Matcher named = ACTUAL.matcher(refused.text());
        long actual = named.find() ? number(named.group(1)) : RegisterAction.UNKNOWN;
        add(
            published.subject(),
            operation(
                publication,
                asked + " -> refused: " + refused.text(),
                new RegisterAction.Refused(expected, actual)));
      }
    } else {
      add(
          published.subject(),
          operation(
                  publication,
                  asked + " -> no answer",
                  new RegisterAction.Write(value, expected, RegisterAction.UNKNOWN, expires))
              .unanswered());
    }
  }

  private static boolean isWrongRevision(Refused refused) {
    return refused.code() == WRONG_LAST_SEQUENCE || refused.code() == WRONG_LAST_SEQUENCE_CONSTANT;
  }

  private static long number(String text) {
    return text.matches("\\d{1,18}") ? Long.parseLong(text) : RegisterAction.ANY;
  }

  private long expires(Published published, @Nullable String ttl) {
    long at = nanos(published.time());
    long shortest = maxAge == 0 ? Long.MAX_VALUE : maxAge;
    if (ttl != null && !ttl.equals("never")) {
      Duration own = Lifetimes.ttl(ttl);
      shortest = Math.min(shortest, own == null ? 0 : own.toNanos());
    }
    return shortest == Long.MAX_VALUE ? RegisterAction.NEVER : at + shortest;
  }

  // --- requests ---

  private void request(String request, Publication publication) {
    if (request.startsWith(Requests.MESSAGE_GET)) {
      if (Requests.name(request, Requests.MESSAGE_GET).equals(stream)) {
        get(publication, subjectOf(publication.published().payload()));
      }
    } else if (request.startsWith(Requests.DIRECT_GET)) {
      if (Requests.name(request, Requests.DIRECT_GET).equals(stream)) {
        String at = request.substring((Requests.DIRECT_GET + stream).length());
        directGet(
            publication,
            at.isEmpty() ? subjectOf(publication.published().payload()) : at.substring(1));
      }
    } else if (request.equals(Requests.STREAM_CREATE + stream)) {
      begins |= begins(publication);
    } else if (request.equals(Requests.STREAM_PURGE + stream)) {
      purge(publication);
    } else if (request.equals(Requests.MESSAGE_DELETE + stream)
        || request.equals(Requests.STREAM_RESTORE + stream)) {
      wipe(publication, ">", "messages removed", new RegisterAction.Forget());
    } else if (request.equals(Requests.STREAM_DELETE + stream)) {
      // The next bucket of this name counts its revisions from 1 again.
      wipe(publication, ">", "bucket deleted", new RegisterAction.Forget());
    }
  }

  private static boolean begins(Publication publication) {
    Answered answered = publication.answered();
    JsonObject answer = answered == null ? null : PubAnswer.object(answered.payload());
    // Creating a stream again as it is succeeds, too.
    JsonObject state = answer == null ? null : answer.object("state");
    return answer != null
        && !answer.has("error")
        && (state == null || state.integer("last_seq", 0) == 0);
  }

  private static @Nullable String subjectOf(byte[] payload) {
    JsonObject asked = PubAnswer.object(payload);
    return asked == null || asked.has("seq") || asked.has("next_by_subj")
        ? null
        : asked.string("last_by_subj");
  }

  private static boolean isRefused(Publication publication) {
    Answered answered = publication.answered();
    JsonObject answer = answered == null ? null : PubAnswer.object(answered.payload());
    return answer != null && answer.has("error");
  }

  private void purge(Publication publication) {
    JsonObject asked = PubAnswer.object(publication.published().payload());
    if (asked != null && asked.integer("keep", 0) > 0) {
      // Of each subject it keeps at least the newest message, unless one filter covers several.
      if (!Subjects.isLiteral(asked.string("filter", ">"))) {
        wipe(publication, asked.string("filter", ">"), "purged", new RegisterAction.Forget());
      }
      return;
    }
    long below = asked == null ? 0 : asked.unsigned("seq", 0);
    String filter = asked == null ? "" : asked.string("filter", "");
    wipe(
        publication,
        filter.isEmpty() ? ">" : filter,
        "purged" + (below == 0 ? "" : " below revision " + below),
        new RegisterAction.Purge(below == 0 ? Long.MAX_VALUE : below));
  }

  private void wipe(Publication publication, String filter, String text, RegisterAction action) {
    if (!isRefused(publication)) {
      wipes.add(new Wipe(filter, operation(publication, text, action)));
    }
  }

  // --- reads ---

  private void read(Publication publication, String subject, long revision, RegisterValue value) {
    add(
        subject,
        operation(
            publication,
            revision == RegisterAction.NOTHING
                ? "get -> nothing"
                : "get -> revision " + revision + ", " + value,
            new RegisterAction.Read(revision, value)));
  }

  private void get(Publication publication, @Nullable String subject) {
    Answered answered = publication.answered();
    JsonObject answer = answered == null ? null : PubAnswer.object(answered.payload());
    if (subject == null || !subject.startsWith(prefix) || answer == null) {
      return;
    }
    JsonObject error = answer.object("error");
    JsonObject message = answer.object("message");
    if (error != null && error.integer("err_code", 0) == NO_MESSAGE_FOUND) {
      read(publication, subject, RegisterAction.NOTHING, RegisterAction.Read.NONE);
    } else if (message != null) {
      Base64.Decoder base64 = Base64.getDecoder();
      read(
          publication,
          subject,
          message.unsigned("seq", 0),
          value(
              HeaderBlock.fields(base64.decode(message.string("hdrs", ""))),
              base64.decode(message.string("data", ""))));
    }
  }

  private void directGet(Publication publication, @Nullable String subject) {
    Answered answered = publication.answered();
    if (subject == null || !subject.startsWith(prefix) || answered == null) {
      return;
    }
    String status = HeaderBlock.status(answered.header());
    Map<String, List<String>> headers = HeaderBlock.fields(answered.header());
    List<String> sequence = headers.get("Nats-Sequence");
    if (status.startsWith("404")) {
      read(publication, subject, RegisterAction.NOTHING, RegisterAction.Read.NONE);
    } else if (status.isEmpty() && sequence != null) {
      read(publication, subject, number(sequence.get(0)), value(headers, answered.payload()));
    }
  }

  private static RegisterValue value(Map<String, List<String>> headers, byte[] payload) {
    List<String> operation = headers.get("KV-Operation");
    List<String> reason = headers.get("Nats-Marker-Reason");
    String marker = operation != null ? operation.get(0) : reason != null ? reason.get(0) : "";
    return RegisterValue.of(marker.equals("PUT") ? "" : marker, payload);
  }
}
