package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonWriter;
import dev.hubkit.log.Log;
import dev.hubkit.nats.account.Account;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.config.JetStreamOptions;
import dev.hubkit.nats.jetstream.protocol.Rfc3339;
import dev.hubkit.nats.jetstream.runtime.LogThrottle;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.nats.wire.Nuid;
import dev.hubkit.time.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Limits how many requests wait in all accounts of a server, separately those that only ask: {@code
 * request_queue_limit} and {@code info_queue_limit}. What is dropped goes into the log and an
 * advisory in the system account. Thread-safe.
 */
public final class ApiQueues {
  private static final Log log = Log.of(ApiQueues.class);
  private static final String ADVISORY = "$JS.EVENT.ADVISORY.API.LIMIT_REACHED";

  private final JetStreamOptions options;
  private final TimeSource time;
  private final RequestBacklog changes;
  private final RequestBacklog questions;
  private final LogThrottle warnings;
  private volatile @Nullable Account system;

  public ApiQueues(JetStreamOptions options, TimeSource time) {
    this.options = options;
    this.time = time;
    this.changes = new RequestBacklog(options.serverLimits().requestQueue());
    this.questions = new RequestBacklog(options.serverLimits().infoQueue());
    this.warnings = new LogThrottle(time, Duration.ofSeconds(1));
  }

  /** Publishes advisories in this account from now on. */
  public void adviseIn(Account account) {
    system = account;
  }

  RequestBacklog of(boolean question) {
    return question ? questions : changes;
  }

  /** Tells that all waiting requests were dropped. */
  void dropped(boolean question, WorkBatch batch) {
    long requests = of(question).limit();
    if (warnings.tryPermit()) {
      log.warn(
          "JetStream API {}queue limit reached, dropping {} requests",
          question ? "info " : "",
          requests);
    }
    Account to = system;
    if (to != null && to.hasInterest(ADVISORY)) {
      JsonWriter out =
          JsonWriter.compact()
              .beginObject()
              .field("type", "io.nats.jetstream.advisory.v1.api_limit_reached")
              .field("id", Nuid.next())
              .field("timestamp", Rfc3339.format(time.epochNanos()))
              .field("server", options.serverName())
              .fieldIfSet("domain", options.domain())
              .field("dropped", requests);
      to.publish(Message.of(ADVISORY, null, out.endObject().toBytes()), batch);
    }
  }
}
