package dev.hubkit.junit.history;

import dev.hubkit.nats.subject.Subjects;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The requests to JetStream's API that histories record. */
final class Requests {
  static final String STREAM_CREATE = "STREAM.CREATE.";
  static final String STREAM_UPDATE = "STREAM.UPDATE.";
  static final String STREAM_DELETE = "STREAM.DELETE.";
  static final String STREAM_PURGE = "STREAM.PURGE.";
  static final String STREAM_RESTORE = "STREAM.RESTORE.";
  static final String MESSAGE_DELETE = "STREAM.MSG.DELETE.";
  static final String MESSAGE_GET = "STREAM.MSG.GET.";
  static final String DIRECT_GET = "DIRECT.GET.";
  static final String CONSUMER_CREATE = "CONSUMER.CREATE.";
  static final String DURABLE_CREATE = "CONSUMER.DURABLE.CREATE.";
  static final String CONSUMER_DELETE = "CONSUMER.DELETE.";

  private static final List<String> RECORDED =
      List.of(
          STREAM_CREATE,
          STREAM_UPDATE,
          STREAM_DELETE,
          STREAM_PURGE,
          STREAM_RESTORE,
          MESSAGE_DELETE,
          MESSAGE_GET,
          DIRECT_GET,
          CONSUMER_CREATE,
          DURABLE_CREATE,
          CONSUMER_DELETE);
  private static final Set<String> OTHERS = Set.of("_INBOX", "$SYS", "$SRV");
  private static final int DOMAIN_TOKENS = 4;

  private Requests() {}

  /** Returns whether a message on this subject may concern a stream. */
  static boolean matter(String subject) {
    if (subject.startsWith("$JS.")) {
      String request = of(subject);
      return request != null && RECORDED.stream().anyMatch(request::startsWith);
    }
    int dot = subject.indexOf('.');
    return dot < 0 || !OTHERS.contains(subject.substring(0, dot));
  }

  /**
   * Returns the request of a subject, such as {@code STREAM.CREATE.ORDERS}; null if it is not one.
   */
  static @Nullable String of(String subject) {
    if (subject.startsWith("$JS.API.")) {
      return subject.substring("$JS.API.".length());
    }
    if (!subject.startsWith("$JS.")) {
      return null;
    }
    // $JS.<domain>.API.<request>
    List<String> tokens = Subjects.tokens(subject);
    return tokens.size() >= DOMAIN_TOKENS && tokens.get(2).equals("API")
        ? String.join(".", tokens.subList(DOMAIN_TOKENS - 1, tokens.size()))
        : null;
  }

  /** Returns what follows a request in its subject, such as the name of the stream. */
  static String name(String request, String prefix) {
    int dot = request.indexOf('.', prefix.length());
    return dot < 0 ? request.substring(prefix.length()) : request.substring(prefix.length(), dot);
  }
}
