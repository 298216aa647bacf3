package dev.hubkit.nats.jetstream.api;

import dev.hubkit.json.JsonException;
import dev.hubkit.json.JsonObject;
import dev.hubkit.json.JsonStruct;
import dev.hubkit.json.JsonType;
import dev.hubkit.json.JsonWriter;
import dev.hubkit.nats.account.Requester;
import dev.hubkit.nats.account.WorkBatch;
import dev.hubkit.nats.jetstream.cluster.MetaLeader;
import dev.hubkit.nats.jetstream.protocol.ApiError;
import dev.hubkit.nats.jetstream.protocol.ApiException;
import dev.hubkit.nats.jetstream.protocol.PublishHeaders;
import dev.hubkit.nats.jetstream.runtime.ApiAccount;
import dev.hubkit.nats.jetstream.runtime.SerialExecutor;
import dev.hubkit.nats.jetstream.stream.AccountJetStream;
import dev.hubkit.nats.jetstream.stream.Stream;
import dev.hubkit.nats.jetstream.stream.StreamChange;
import dev.hubkit.nats.wire.Message;
import dev.hubkit.work.MemoryShortageException;
import dev.hubkit.work.WorkStep;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request to the JetStream API of an account. It gets exactly one response, whatever its steps
 * throw.
 */
final class ApiRequest {
  // What a parsed request takes for each of its bytes.
  private static final int PARSED = 4;

  /** The struct of {@code jetstream_api.go} that requests for pages embed. */
  static final JsonStruct PAGED =
      JsonStruct.of("server.ApiPagedRequest").field("offset", JsonType.INT).build();

  private final ApiAccount account;
  private final Message message;
  private final @Nullable Requester requester;
  private final String[] tokens;
  private final @Nullable ClusterGate cluster;
  private final ApiAnswer answer;
  private final RequestPayload payload;
  // These pass from thread to thread with the request; the locks of the executors publish them.
  private boolean waits;
  private boolean begun;
  private @Nullable RequestBacklog backlog;
  private long ticket;

  /**
   * @param account where it was sent, with JetStream or without
   * @param message the request, with bytes of its own
   * @param requester the client that sent the request; null for the server itself
   * @param tokens the tokens of the subject behind {@code $JS.API}
   * @param type the type of the response, without the common prefix: {@code stream_info_response}
   * @param errorFields the fields that go into an error response besides the error
   * @param cluster what tells which server of a cluster answers; null without one
   */
  ApiRequest(
      ApiAccount account,
      Message message,
      @Nullable Requester requester,
      String[] tokens,
      String type,
      Consumer<JsonWriter> errorFields,
      @Nullable ClusterGate cluster) {
    this(
        account,
        message,
        requester,
        tokens,
        cluster,
        new ApiAnswer(
            account,
            message,
            requester,
            type,
            errorFields,
            beforeError(account, message, cluster)));
  }

  // What another server has made of the request does not answer it any more.
  private static Runnable beforeError(
      ApiAccount account, Message message, @Nullable ClusterGate cluster) {
    return cluster == null
        ? () -> {}
        : () ->
            cluster
                .pending()
                .answered(PendingRequests.account(account, message.subject()), message.reply());
  }

  private ApiRequest(
      ApiAccount account,
      Message message,
      @Nullable Requester requester,
      String[] tokens,
      @Nullable ClusterGate cluster,
      ApiAnswer answer) {
    this.account = account;
    this.message = message;
    this.requester = requester;
    this.tokens = tokens;
    this.cluster = cluster;
    this.answer = answer;
    this.payload = new RequestPayload(message, account.options().strict());
  }

  /** Returns the account the request was sent in. */
  ApiAccount account() {
    return account;
  }

  /** Returns what tells which server of a cluster answers; null without one. */
  @Nullable ClusterGate cluster() {
    return cluster;
  }

  /** Returns the reply subject; empty where nobody waits for an answer. */
  String reply() {
    String reply = message.reply();
    return reply == null ? "" : reply;
  }

  /**
   * Returns the JetStream of the account.
   *
   * @throws ApiException {@link ApiError#NOT_ENABLED_FOR_ACCOUNT}
   */
  public AccountJetStream jetStream() {
    if (account instanceof AccountJetStream jetStream) {
      return jetStream;
    }
    throw ApiError.NOT_ENABLED_FOR_ACCOUNT.exception();
  }

  /**
   * Checks that the account has JetStream.
   *
   * @throws ApiException {@link ApiError#NOT_ENABLED_FOR_ACCOUNT}
   */
  void requireJetStream() {
    jetStream();
  }

  /** Returns the message of the request, which owns its bytes. */
  public Message message() {
    return message;
  }

  /** Returns the client that sent the request, or null if the server did. */
  @Nullable
  public Requester requester() {
    return requester;
  }

  /** Returns the headers of the request, as far as the server knows them. */
  public PublishHeaders headers() {
    return PublishHeaders.parse(message.buffer(), message.offset(), message.headerLength());
  }

  /** Returns how many tokens the subject has behind {@code $JS.API}. */
  public int tokenCount() {
    return tokens.length;
  }

  /**
   * Returns the token at {@code index} of the subject behind {@code $JS.API}; {@code STREAM} is at
   * 0.
   */
  public String token(int index) {
    return tokens[index];
  }

  /** Returns the last token of the subject. */
  String lastToken() {
    return tokenFromEnd(1);
  }

  /** Returns a token of the subject counted from its end, where the last one is at 1. */
  String tokenFromEnd(int index) {
    return tokens[tokens.length - index];
  }

  /** Returns the tokens from {@code index} on, joined again; empty if there are none. */
  String tokensFrom(int index) {
    return String.join(".", Arrays.asList(tokens).subList(index, tokens.length));
  }

  /** Returns whether the payload is missing or an empty object, which nats-server treats alike. */
  public boolean isEmpty() {
    return payload.isEmpty();
  }

  /** Returns whether the payload begins like a JSON object or array. */
  boolean isJson() {
    return payload.isJson();
  }

  /**
   * Returns the payload as an object of a type, an empty one if there is no payload.
   *
   * @throws ApiException {@link ApiError#INVALID_JSON} if it is anything else
   */
  public JsonObject json(JsonStruct type) {
    return payload.json(type);
  }

  /**
   * Continues with {@code handler} on the executor of {@code stream}, after a commit of what was
   * published earlier.
   */
  void onStream(Stream stream, ApiHandler handler, WorkBatch batch) {
    onExecutor(
        stream,
        (same, taskBatch) -> {
          stream.commitPending(taskBatch);
          requireOpen(stream);
          handler.handle(same, taskBatch);
        },
        batch);
  }

  /**
   * Continues with {@code handler} on the executor of {@code stream}, even if the stream has been
   * closed meanwhile.
   */
  public void onExecutor(Stream stream, ApiHandler handler, WorkBatch batch) {
    SerialExecutor.Task task =
        taskBatch -> {
          endWait();
          if (begin()) {
            run(handler, taskBatch);
          }
        };
    await();
    try {
      stream.executor().submit(task, batch);
    } catch (Throwable e) {
      waits = false;
      endWait();
      throw e;
    }
  }

  /** Notes that the request was counted into a backlog, which it leaves when its turn has come. */
  void waitIn(RequestBacklog counted, long number) {
    backlog = counted;
    ticket = number;
  }

  /** Counts the request out of its backlog if it has run to its end without waiting. */
  void beginUnlessWaiting() {
    if (!waits) {
      begin();
    }
  }

  // Returns false when the request was dropped while it waited for its turn.
  private boolean begin() {
    if (begun || backlog == null) {
      return true;
    }
    begun = true;
    if (backlog.leave(ticket)) {
      return true;
    }
    answer.memory().close();
    return false;
  }

  // Refuses the request when there is no memory for it.
  private void await() {
    if (!jetStream().waiting().add(PARSED * message.length())) {
      throw ApiError.INSUFFICIENT_RESOURCES.exception();
    }
    waits = true;
  }

  private void endWait() {
    jetStream().waiting().remove(PARSED * message.length());
  }

  /**
   * Checks that the stream has not been deleted meanwhile.
   *
   * @throws ApiException {@link ApiError#STREAM_NOT_FOUND}
   */
  public void requireOpen(Stream stream) {
    if (stream.isClosed()) {
      throw ApiError.STREAM_NOT_FOUND.exception();
    }
  }

  /**
   * Queues a change to the set of streams. If the change throws, the response is an error and the
   * next change can begin.
   */
  public void mutate(StreamChange mutation, WorkBatch batch) {
    StreamChange answered =
        (taskBatch, done) -> {
          endWait();
          if (!begin()
              || !run(
                  (same, sameBatch) -> {
                    WorkStep.MUTATION_BEGUN.reach();
                    mutation.run(sameBatch, done);
                  },
                  taskBatch)) {
            done.run(taskBatch);
          }
        };
    await();
    try {
      jetStream().mutate(answered, batch);
    } catch (Throwable e) {
      waits = false;
      endWait();
      throw e;
    }
  }

  /** A change that the server that leads a cluster proposes to the others. */
  @FunctionalInterface
  interface Proposal {
    /**
     * Proposes the change.
     *
     * @param settled runs when it was made, or this server does not lead any more
     */
    void make(MetaLeader leader, Runnable settled);
  }

  /**
   * Queues a change to what a cluster has; see {@link #mutate}. The server that makes it answers.
   */
  void propose(ClusterGate gate, Proposal proposal, WorkBatch batch) {
    mutate(
        (taskBatch, done) ->
            proposal.make(
                gate.leader(),
                () -> {
                  WorkBatch settled = new WorkBatch();
                  done.run(settled);
                  jetStream().workers().execute(settled::flush);
                }),
        batch);
  }

  /**
   * Continues a change to the set of streams on the executor of one stream, and completes the
   * change afterwards.
   */
  void endOnExecutor(Stream stream, SerialExecutor.Task done, ApiHandler handler, WorkBatch batch) {
    stream
        .executor()
        .submit(
            taskBatch -> {
              run(
                  (same, sameBatch) -> {
                    WorkStep.MUTATION_ON_EXECUTOR.reach();
                    handler.handle(same, sameBatch);
                  },
                  taskBatch);
              done.run(taskBatch);
            },
            batch);
  }

  /**
   * Runs a step of the request. If the step throws before there was a response, the response is an
   * error: an {@link ApiException} as it is, anything else as a failure of the server, which is
   * logged.
   *
   * @return whether the step returned normally
   */
  public boolean run(ApiHandler handler, WorkBatch batch) {
    try {
      WorkStep.API_STEP.reach();
      handler.handle(this, batch);
      return true;
    } catch (ApiException e) {
      answer.failUnlessGiven(e, batch);
    } catch (MemoryShortageException e) {
      answer.failUnlessGiven(ApiError.INSUFFICIENT_RESOURCES.exception(), batch);
    } catch (JsonException e) {
      answer.failUnlessGiven(
          ApiError.INVALID_JSON.exception(String.valueOf(e.getMessage())), batch);
    } catch (Throwable e) {
      account
          .supervisor()
          .failed(
              message.subject(),
              e,
              failure -> answer.failUnlessGiven(ApiAnswer.of(failure), batch));
    }
    return false;
  }

  /** Responds with an error in a while, unless it has responded before. */
  void failLater(ApiException error, long nanos) {
    withoutPayload().answer.failLater(error, nanos);
  }

  /**
   * Returns the request to be answered later, when only the client matters. As in nats-server, the
   * audit of such an answer does not tell what was asked.
   */
  ApiRequest withoutPayload() {
    byte[] header = message.header();
    Message shortened = Message.of(message.subject(), message.reply(), header, new byte[0]);
    return new ApiRequest(account, shortened, requester, tokens, cluster, answer.to(shortened));
  }

  /** Returns the answer, for what few requests do with theirs. */
  ApiAnswer answer() {
    return answer;
  }

  /** Begins a response and returns its open object, which holds the type. */
  public JsonWriter response() {
    return answer.begin();
  }

  /** Ends the response and sends it. */
  public void respond(JsonWriter response, WorkBatch batch) {
    answer.send(response, batch);
  }

  /** Responds with {@code {"success": true}}, as deletions do. */
  void succeed(WorkBatch batch) {
    respond(response().field("success", true), batch);
  }

  /** Responds with an error. */
  public void fail(ApiException error, WorkBatch batch) {
    answer.fail(error, batch);
  }
}
