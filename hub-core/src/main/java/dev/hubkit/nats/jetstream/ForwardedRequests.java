package dev.hubkit.nats.jetstream;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.Subscription;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.time.TimeSource;
import dev.hubkit.time.Timer;
import dev.hubkit.work.SupervisedTask;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Passes requests to the API on that have come in the system account, and the answers back: a leaf
 * node without JetStream, but with the domain of this server, sends those of its clients there, and
 * keeps them from crossing in their own account (apiDispatch in {@code server/jetstream_api.go} of
 * nats-server). Requests for messages and direct gets do not come this way. Thread-safe.
 */
final class ForwardedRequests {
  private static final Log log = Log.of(ForwardedRequests.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final int MOST = 10_000;

  private final Account system;
  private final TimeSource time;
  private final AtomicInteger waiting = new AtomicInteger();

  ForwardedRequests(Account system, TimeSource time) {
    this.system = system;
    this.time = time;
  }

  /** Passes a request on to an account that has JetStream. */
  void forward(Account account, Message request, WorkBatch batch) {
    String reply = request.reply();
    if (reply == null) {
      account.publish(request, batch);
    } else if (waiting.incrementAndGet() > MOST) {
      waiting.decrementAndGet();
      log.warn("{} is dropped: {} requests of leaf nodes wait", request.subject(), MOST);
    } else {
      Waiting back = new Waiting(account, reply);
      account.publish(request.withSubject(request.subject(), back.begin()), batch);
    }
  }

  /** A request whose answer is awaited. */
  private final class Waiting {
    private final Account account;
    private final String reply;
    // Guarded by this object's monitor.
    private @Nullable Subscription answers;
    private @Nullable Timer limit;
    private boolean ended;

    Waiting(Account account, String reply) {
      this.account = account;
      this.reply = reply;
    }

    /** Returns where the account is to answer. */
    synchronized String begin() {
      String inbox = "_INBOX." + Nuid.next();
      answers = account.subscribe(inbox, null, this::answered);
      limit = time.schedule(ANSWER, new SupervisedTask(this::end, failure -> end()));
      return inbox;
    }

    private void answered(Subscription subscription, Message answer, WorkBatch batch) {
      system.publish(answer.withSubject(reply, answer.reply()), batch);
      end();
    }

    private void end() {
      Subscription done;
      synchronized (this) {
        if (ended) {
          return;
        }
        ended = true;
        done = answers;
        if (limit != null) {
          limit.cancel();
        }
      }
      waiting.decrementAndGet();
      if (done != null) {
        account.unsubscribe(done);
      }
    }
  }
}
