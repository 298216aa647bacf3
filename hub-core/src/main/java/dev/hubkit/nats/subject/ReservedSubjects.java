package dev.hubkit.nats.subject;

import java.util.List;
import java.util.Set;

/**
 * The subjects that something other than a client's message stands for: answers to services, and
 * requests to JetStream. Since 2.15, nats-server lets nobody have it deliver to one, since that
 * would be a request in its own name (isReservedDestination in {@code server/client.go}).
 */
public final class ReservedSubjects {
  /** The beginning of the subjects of answers to services in other accounts. */
  public static final String SERVICE_REPLY = "_R_.";

  /** The beginning of the subjects of answers that pass gateways. */
  public static final String GATEWAY_REPLY = "_GR_.";

  /** What {@link #GATEWAY_REPLY} was in early releases. */
  public static final String FORMER_GATEWAY_REPLY = "$GR.";

  /** The beginning of all subjects of JetStream. */
  public static final String JETSTREAM = "$JS.";

  /** The words behind {@link #JETSTREAM} that no domain can be called by. */
  public static final Set<String> WORDS = Set.of("ACK", "FC", "SNAPSHOT", "EVENT");

  private static final String API = "API";

  private ReservedSubjects() {}

  /** Returns whether the server must not deliver to a subject because a client asked it to. */
  public static boolean isDestination(String subject) {
    if (isLonger(subject, GATEWAY_REPLY) || isLonger(subject, FORMER_GATEWAY_REPLY)) {
      return true;
    }
    return subject.startsWith(SERVICE_REPLY) || isJetStream(subject);
  }

  /** Returns whether a subject of JetStream has an effect there: jsReservedKind of nats-server. */
  public static boolean isJetStream(String subject) {
    if (!subject.startsWith(JETSTREAM)) {
      return false;
    }
    List<String> tokens = Subjects.tokens(subject);
    return WORDS.contains(tokens.get(1))
        || tokens.subList(1, Math.min(3, tokens.size())).contains(API);
  }

  private static boolean isLonger(String subject, String prefix) {
    return subject.length() > prefix.length() && subject.startsWith(prefix);
  }
}
