package dev.hubkit.nats.jetstream.api;

import dev.hubkit.log.Log;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.work.WorkStep;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deletes what an account has in JetStream, on request of a client of the system account: {@code
 * ACCOUNT.PURGE} of nats-server. Thread-safe.
 */
public final class AccountPurge {
  private static final Log log = Log.of(AccountPurge.class);

  private final Accounts accounts;

  /** The accounts of the server. */
  public interface Accounts {
    /** Returns the JetStream of the account of that name; null if it has none. */
    @Nullable AccountJetStream jetStreamOf(String account);

    /** Deletes the files of all streams of an account, also of those that are not open. */
    void deleteFiles(String account);
  }

  public AccountPurge(Accounts accounts) {
    this.accounts = accounts;
  }

  void register(ApiRouter router) {
    router.register(
        ApiRouter.Checks.NONE, "ACCOUNT.PURGE.*", "account_purge_response", this::purge);
  }

  private void purge(ApiRequest request, WorkBatch batch) {
    if (request.cluster() != null) {
      // Other than in nats-server: the other servers would keep their part.
      throw ApiError.CLUSTER_UN_SUPPORT_FEATURE.exception();
    }
    String name = request.token(2);
    if (name.indexOf('/') >= 0 || name.indexOf('\\') >= 0) {
      throw ApiError.STREAM_GENERAL_ERROR.exception("account name can not contain path separators");
    }
    AccountJetStream jetStream = accounts.jetStreamOf(name);
    List<Stream> streams = jetStream == null ? List.of() : List.copyOf(jetStream.streams());
    log.info(
        "Purge request for account {} (streams: {}, hasAccount: {})",
        name,
        streams.size(),
        jetStream != null);
    if (jetStream == null) {
      end(request, name, batch);
      return;
    }
    jetStream.mutate(
        (taskBatch, done) -> next(request, name, jetStream, streams.iterator(), done, taskBatch),
        batch);
  }

  // Passes from stream to stream, so that no executor waits for another.
  private void next(
      ApiRequest request,
      String name,
      AccountJetStream jetStream,
      Iterator<Stream> streams,
      SerialExecutor.Task done,
      WorkBatch batch) {
    if (!streams.hasNext()) {
      request.run((same, sameBatch) -> end(same, name, sameBatch), batch);
      done.run(batch);
      return;
    }
    Stream stream = streams.next();
    stream
        .executor()
        .submit(
            taskBatch -> {
              if (request.run(
                  (same, sameBatch) -> delete(jetStream, stream, sameBatch), taskBatch)) {
                next(request, name, jetStream, streams, done, taskBatch);
              } else {
                done.run(taskBatch);
              }
            },
            batch);
  }

  private static void delete(AccountJetStream jetStream, Stream stream, WorkBatch batch) {
    WorkStep.STREAM_DELETE.reach();
    try {
      stream.delete(batch);
    } finally {
      // The stream has ended even if some of its files are left.
      jetStream.remove(stream);
    }
  }

  private void end(ApiRequest request, String name, WorkBatch batch) {
    accounts.deleteFiles(name);
    request.respond(request.response().field("initiated", true), batch);
  }
}
