package dev.hubkit.junit.explore;

import dev.hubkit.nats.net.Connection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names the operations of clients. Confined to the monitor of its {@link Adversary}. */
final class Operations {
  static final String INBOX = "_INBOX.";
  private static final int MOST_REQUESTS = 10_000;

  private final Map<String, Integer> counts = new HashMap<>();

  // The subjects of requests by the subjects of their replies, of which the oldest are forgotten.
  private final Map<String, String> requests =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
          return size() > MOST_REQUESTS;
        }
      };

  /** Returns the next operation of this kind. */
  Operation next(Connection client, Operation.Kind kind, String subject) {
    String name = client.options().name();
    int count = counts.merge(name + '\n' + kind + '\n' + subject, 1, Integer::sum);
    return new Operation(name, kind, subject, count);
  }

  /** Notes where the reply to a request goes. */
  void requested(String subject, String reply) {
    requests.put(reply, subject);
  }

  /** Returns whether a subject is where a known request wants its reply. */
  boolean isReply(String subject) {
    return requests.containsKey(subject);
  }

  /** Returns the subject of the request that a reply belongs to. */
  String requestOf(String reply) {
    return requests.getOrDefault(reply, reply);
  }

  /** Returns a subject that is the same in each run. */
  String stable(String subject) {
    if (requests.containsKey(subject)) {
      return "the reply to " + requests.get(subject);
    }
    return subject.startsWith(INBOX) ? "an inbox" : subject;
  }
}
