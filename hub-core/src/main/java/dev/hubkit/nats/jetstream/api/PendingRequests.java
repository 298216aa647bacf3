package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.cluster.ClusterAnswers;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The requests for changes that have come to a server of a cluster, which answers when the change
 * was made here, and if it is the one to answer. A change can be made before its request has come
 * over the routes; then its answer waits: not before can the client be reached from here. Only the
 * last few thousand are kept, since nobody tells which ones another server answers. Thread-safe.
 */
final class PendingRequests implements ClusterAnswers {
  private static final int MOST = 4096;
  // As $JS.API.ACCOUNT.STREAM.MOVE.A.ORDERS has.
  private static final int ACCOUNT_TOKENS = 7;

  private final Map<String, Pending> byReply =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Pending> eldest) {
          return size() > MOST;
        }
      };

  /** What waits for the other. */
  private record Pending(@Nullable ApiRequest request, @Nullable Answer answer) {}

  /** Notes that a request has come; an answer that waits for it is given. */
  void arrived(ApiRequest request, WorkBatch batch) {
    String reply = request.message().reply();
    if (reply == null) {
      return;
    }
    String key = key(account(request.account(), request.message().subject()), reply);
    Answer waiting;
    synchronized (byReply) {
      Pending entry = byReply.get(key);
      waiting = entry == null ? null : entry.answer();
      if (waiting == null) {
        byReply.put(key, new Pending(request.withoutPayload(), null));
      } else {
        byReply.remove(key);
      }
    }
    if (waiting != null) {
      give(request.withoutPayload(), waiting, batch);
    }
  }

  /** Notes that a request was answered otherwise. */
  void answered(String account, @Nullable String reply) {
    if (reply != null) {
      synchronized (byReply) {
        byReply.remove(key(account, reply));
      }
    }
  }

  /**
   * Returns the account whose stream a request concerns: a client of the system account names
   * another one, whose servers answer.
   */
  static String account(ApiAccount account, String subject) {
    String[] tokens = subject.split("\\.", -1);
    return tokens.length == ACCOUNT_TOKENS && tokens[2].equals("ACCOUNT")
        ? tokens[ACCOUNT_TOKENS - 2]
        : account.account().name();
  }

  private static String key(String account, String reply) {
    return account + ' ' + reply;
  }

  @Override
  public void answer(String account, String reply, Answer answer, WorkBatch batch) {
    if (reply.isEmpty()) {
      return;
    }
    String key = key(account, reply);
    ApiRequest request;
    synchronized (byReply) {
      Pending entry = byReply.get(key);
      request = entry == null ? null : entry.request();
      if (request == null) {
        byReply.put(key, new Pending(null, answer));
      } else {
        byReply.remove(key);
      }
    }
    if (request != null) {
      give(request, answer, batch);
    }
  }

  private static void give(ApiRequest request, Answer answer, WorkBatch batch) {
    answer
        .executor()
        .submit(
            taskBatch ->
                request.run(
                    (same, sameBatch) -> {
                      JsonWriter out = same.response();
                      answer.writeTo(out);
                      same.respond(out, sameBatch);
                      answer.sent(sameBatch);
                    },
                    taskBatch),
            batch);
  }
}
